"""Data sets: deterministic, and without a download unless their documentation says so.

images   digits, generated glyphs, Fashion-MNIST, CIFAR-10
"""
