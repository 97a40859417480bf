"""Side effects: processes, HTTP, files, forks. Other packages receive them as parameters where tests need that."""
