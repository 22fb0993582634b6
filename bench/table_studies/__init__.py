"""Table studies: what tables of stand-alone results say by themselves, without a search or a super-net.

Groups of architectures that were trained with several seeds each are compared, and claims about them checked whose
thresholds were stated beforehand. Nothing is trained, so that a study takes seconds.
"""
