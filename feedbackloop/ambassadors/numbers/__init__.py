"""The numbers of the pipeline: how far people come, what they say, and how sure that is."""
