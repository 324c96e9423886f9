"""'You said, we did': drafting, publishing, the page, the embed, the feeds, told-you-so."""
