import house_steady

GREETED = house_steady.GREETING
