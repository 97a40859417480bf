import house_quiet

assert house_quiet.GREETING == ""
