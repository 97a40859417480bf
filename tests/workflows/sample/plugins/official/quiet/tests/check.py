import sample_quiet

assert sample_quiet.GREETING == ""
