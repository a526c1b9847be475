"""What takes in files from outside, given anything at all: by hypothesis in each run of the tests, by atheris in `make fuzz`."""
