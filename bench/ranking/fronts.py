import moocore


def non_dominated(v):
    return moocore.is_nondominated(v, keep_weakly=True)


def hypervolume(p, ref):
    return float(moocore.hypervolume(p, ref=ref))


def igd(p, front):
    return float(moocore.igd(p, ref=front))


def igd_plus(p, front):
    return float(moocore.igd_plus(p, ref=front))
