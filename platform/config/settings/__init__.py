"""One module per place the house stands in: demo, test, production. All start from base."""
