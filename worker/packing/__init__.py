"""A zip or a folder of images, as people have them, into one packed file that the engine maps into memory.

source → names → layout → survey → pixels → packed file, report
"""
