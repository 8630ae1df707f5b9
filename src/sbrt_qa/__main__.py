"""``python -m sbrt_qa`` is ``sbrt-qa``."""

from sbrt_qa.cli import main

if __name__ == "__main__":
    main(prog_name="sbrt-qa")
