"""Data sets: deterministic, and without a download unless their documentation says so.

images   digits, generated glyphs, Fashion-MNIST, CIFAR-10
sentences  reviews in English and in Korean, from a small grammar
dates    dates in Korean, English and ISO, with their true alignment
pronouns  sentences whose "it" means one of two nouns
sequences  the adding problem, and prices that remember the news
in_context  tasks that only the prompt can teach: maps, regressions, sums with steps
"""
