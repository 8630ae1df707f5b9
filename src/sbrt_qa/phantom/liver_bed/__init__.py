"""A synthetic upper abdomen after hepatectomy: anatomy, contours, image and dose. No patient was involved."""
