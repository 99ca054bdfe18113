"""One module for each command in infra/bin, each with `main(arguments, places)`."""
