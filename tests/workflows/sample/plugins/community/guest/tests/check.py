import house_contrib_guest

assert house_contrib_guest.GREETED == "welcome", "not the exact words"
