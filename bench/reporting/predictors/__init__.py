"""What reports on predictors share: figures of many predictors against several truths, and how files are written."""
