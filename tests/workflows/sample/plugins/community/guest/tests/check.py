import sample_contrib_guest

assert sample_contrib_guest.GREETED == "welcome", "not the exact words"
