"""What a dataset is: digest, manifest, metadata, summary, card, verification."""
