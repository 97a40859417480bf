import sample_steady

GREETED = sample_steady.GREETING
