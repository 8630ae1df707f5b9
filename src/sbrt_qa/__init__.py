"""sbrt_qa: independent plan check for liver-bed SBRT."""
