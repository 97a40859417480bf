"""Make the plugin index: the documents that users of plugins read, and the pages made from them."""
