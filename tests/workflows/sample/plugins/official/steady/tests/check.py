import sample_steady

assert sample_steady.GREETING, "nobody is greeted"
