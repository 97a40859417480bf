"""What tests of several rooms build their worlds with."""
