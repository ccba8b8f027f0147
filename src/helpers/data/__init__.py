"""Data sets: bundled or generated, the same on every machine, without a download.

images       digits, and generated glyphs
sentences    reviews in English and in Korean, from a small grammar
parallel     sentences in both languages, with their true alignment
grammar      a corpus, and what word vectors should find in it
dates        dates in Korean, English and ISO, with their true alignment
pronouns     sentences whose "it" means one of two nouns
sequences    the adding problem, and prices that remember the news
pretraining  a corpus to pretrain on, and tasks that it helps with
in_context   tasks that only the prompt can teach: maps, regressions, sums
"""
