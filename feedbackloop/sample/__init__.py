"""The sample organisation: invented people and complaints, replayed through the product's own verbs."""
