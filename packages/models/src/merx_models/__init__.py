"""Models, one module each, with fit, predict, save and load; training and serving use the same class."""
