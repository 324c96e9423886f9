"""Home, health and figures: pages over all stations. Nobody imports it."""
