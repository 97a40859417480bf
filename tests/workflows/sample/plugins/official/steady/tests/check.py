import house_steady

assert house_steady.GREETING, "nobody is greeted"
