"""Writes src/test/resources/losses: a student's hidden states and output weight, sparse teacher logits, and the value
and gradients that PyTorch's autograd gives for each loss of losses.json.

    python src/test/python/make_loss_fixture.py   (torch, safetensors; from the module's folder)
"""
import itertools
import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path("src/test/resources/losses")
VOCABULARY, HIDDEN, ROWS, LENGTH, WIDEST = 23, 6, 2, 5, 7
ALPHA = 0.7

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def configurations():
    yield from first_configurations()
    for kind, tempered in itertools.product(["nll", "kld", "mse", "reverse-kl", "jsd", "skew-kl"], [True, False]):
        yield {"kind": kind, "tail": "decoupled", "beta": 0.3} | ({"temperature": 2.0} if tempered else {})
    yield {"kind": "kld", "tail": "decoupled", "temperature": 2.0, "temperStudent": False}
    yield {"kind": "kld", "tail": "decoupled", "temperature": 1.5, "adaptiveTemperature": "adakd-sd"}
    for tail in ["renormalise", "bucket", "decoupled"]:
        for routing in [{"by": "entropy", "aboveQuantile": 0.3}, {"by": "entropy", "above": 1.2, "below": 2.0},
                        {"by": "tail-mass", "belowQuantile": 0.5}, {"by": "top-probability", "above": 0.4},
                        {"by": "text-log-probability", "below": -2.5}, {"by": "text-log-probability", "above": -2.5},
                        {"by": "support-size", "above": 2.0, "below": 5.0}, {"by": "position", "above": 0.0}]:
            yield {"kind": "kld", "tail": tail, "temperature": 1.5, "routing": routing}
    yield {"kind": "reverse-kl", "normalise": "support", "routing": {"by": "entropy", "belowQuantile": 0.6}}
    yield {"kind": "jsd", "temperature": 2.0, "temperStudent": True, "routing": {"aboveQuantile": 0.5}}


def first_configurations():
    for kind, tail in itertools.product(["nll", "kld", "mse", "reverse-kl", "jsd", "skew-kl"],
                                        ["renormalise", "bucket", "none"]):
        yield {"kind": kind, "tail": tail, "beta": 0.3}
        if tail != "none":
            yield {"kind": kind, "tail": tail, "temperature": 2.0, "temperStudent": True, "temperatureSquared": True}
    for kind in ["kld", "reverse-kl", "jsd"]:
        yield {"kind": kind, "normalise": "support", "temperature": 0.5, "temperStudent": True}
    for tail in ["renormalise", "bucket"]:
        yield {"kind": "mse", "mseOn": "logits", "tail": tail, "temperature": 1.5}
        for adaptive in ["normkd", "adakd-sd", "adakd-entropy", "wttm"]:
            yield {"kind": "kld", "tail": tail, "adaptiveTemperature": adaptive, "temperature": 1.5}


def position_loss(z, teacher, ids, c):
    """Distillation loss of a position: student's logits, teacher's log-probabilities (all), kept ids."""
    lse = torch.logsumexp(teacher, 0)
    teacher_log_p = teacher - lse
    t = c["temperature"]
    adaptive = c.get("adaptiveTemperature", "none")
    deviation = teacher.std(correction=0)
    entropy = -(teacher_log_p.exp() * teacher_log_p).sum()
    if adaptive == "normkd":
        t = t * deviation
    elif adaptive == "adakd-sd":
        t = t * (1 + deviation / (1 + deviation))
    elif adaptive == "adakd-entropy":
        t = t * (2 - entropy / torch.log(torch.tensor(float(VOCABULARY))))
    student_t = t if c.get("temperStudent", c.get("tail") == "decoupled") else 1.0
    outside = torch.ones(VOCABULARY, dtype=torch.bool)
    outside[ids] = False
    decoupled = c.get("tail") == "decoupled"
    bucket = c.get("tail") == "bucket" or decoupled

    kept = teacher_log_p[ids]
    if bucket:
        kept = torch.cat([kept, torch.logsumexp(teacher_log_p[outside], 0)[None]])
    log_q = kept if c.get("tail") == "none" else torch.log_softmax(kept / t, 0)

    if decoupled and c["kind"] == "kld":
        return decoupled_kl(z, kept, ids, outside, t, student_t)
    if c.get("mseOn") == "logits":
        own = z[ids]
        if bucket:
            own = torch.cat([own, torch.logsumexp(z[outside], 0)[None]])
        value = ((own / student_t - (kept + lse) / t) ** 2).mean()
    else:
        if bucket:
            log_p = torch.log_softmax(z, 0)
            classes = torch.cat([log_p[ids], torch.logsumexp(log_p[outside], 0)[None]])
            log_r = torch.log_softmax(classes / student_t, 0)
            if decoupled:
                log_q, log_r = support_tempered(kept, t), support_tempered(classes, student_t)
        elif c.get("normalise") == "support":
            log_r = torch.log_softmax(z[ids] / student_t, 0)
        else:
            log_r = torch.log_softmax(z / student_t, 0)[ids]
        q, r = log_q.exp(), log_r.exp()
        value = {
            "nll": lambda: -(q * log_r).sum(),
            "kld": lambda: (q * (log_q - log_r)).sum(),
            "mse": lambda: ((q - r) ** 2).mean(),
            "reverse-kl": lambda: (r * (log_r - log_q)).sum(),
            "jsd": lambda: jsd(q, r, c.get("beta", 0.5)),
            "skew-kl": lambda: (q * (log_q - (0.1 * q + 0.9 * r).log())).sum(),
        }[c["kind"]]()
    if adaptive == "wttm":
        value = value * (kept / t).exp().sum()
    return value * t ** 2 if c.get("temperatureSquared") else value


def decoupled_kl(z, kept, ids, outside, t, student_t):
    """LFM2's form: the KL of (support, tail) at temperature 1, and the tempered one inside by the support's mass."""
    p, log_r = kept.exp(), torch.log_softmax(z, 0)
    q = torch.stack([p[:-1].sum(), p[-1]])
    r = torch.stack([log_r[ids].exp().sum(), log_r[outside].exp().sum()])
    log_q_in, log_r_in = torch.log_softmax(kept[:-1] / t, 0), torch.log_softmax(z[ids] / student_t, 0)
    return (q * (q / r).log()).sum() + q[0] * (log_q_in.exp() * (log_q_in - log_r_in)).sum()


def support_tempered(log_p, t):
    """The classes of a decoupled tail: the mass of the support stays, its proportions are tempered."""
    return torch.cat([torch.log_softmax(log_p[:-1] / t, 0) + torch.logsumexp(log_p[:-1], 0), log_p[-1:]])


def routed(c):
    """Positions with the distillation loss."""
    routing = c.get("routing")
    if routing is None:
        return torch.ones(positions, dtype=torch.bool)
    following = tokens[:, 1:].reshape(-1)
    values = {
        "entropy": lambda: result["entropy"], "tail-mass": lambda: result["tail"],
        "top-probability": lambda: log_p.max(-1).values.exp(),
        "text-log-probability": lambda: torch.stack(
            [log_p[i, following[i]] if following[i] in supports[i] else torch.tensor(-torch.inf)
             for i in range(positions)]),
        "support-size": lambda: counts.double(), "position": lambda: torch.arange(positions) % (LENGTH - 1),
    }[routing.get("by", "entropy")]()
    ranked = values.sort().values
    chosen = torch.ones(positions, dtype=torch.bool)
    for key, bound in routing.items():
        if key.endswith("Quantile"):
            bound = ranked[math.ceil(bound * positions) - 1]
        if key.startswith("above"):
            chosen &= values > bound
        if key.startswith("below"):
            chosen &= values <= bound
    return chosen


def jsd(q, r, beta):
    m = beta * q + (1 - beta) * r
    return beta * (q * (q / m).log()).sum() + (1 - beta) * (r * (r / m).log()).sum()


positions = ROWS * (LENGTH - 1)
tokens = torch.randint(VOCABULARY, (ROWS, LENGTH))
hidden = torch.randn(positions, HIDDEN)
weight = torch.randn(VOCABULARY, HIDDEN)
teacher = 2 * torch.randn(positions, VOCABULARY)
counts = torch.randint(1, WIDEST + 1, (positions,))
order = teacher.argsort(-1, descending=True)
supports = [order[i, :counts[i]] for i in range(positions)]
log_p = torch.log_softmax(teacher, -1)
result = {
    "tokens": tokens.int(), "hidden": hidden, "weight": weight, "counts": counts.int(),
    "ids": torch.cat(supports).int(), "log_probs": torch.cat([log_p[i, s] for i, s in enumerate(supports)]),
    "tail": torch.stack([1 - log_p[i, s].exp().sum() for i, s in enumerate(supports)]),
    "log_sum_exp": torch.logsumexp(teacher, -1), "deviation": teacher.std(-1, correction=0),
    "entropy": -(log_p.exp() * log_p).sum(-1)}
# An explicit temperature: the fixture does not depend on the default.
cases = [{"temperature": 1.0} | c for c in configurations()]
for index, c in enumerate(cases):
    h, w = hidden.clone().requires_grad_(), weight.clone().requires_grad_()
    z = h @ w.T
    lm = torch.nn.functional.cross_entropy(z, tokens[:, 1:].reshape(-1), reduction="none")
    kd = torch.stack([position_loss(z[i], teacher[i], supports[i], c) for i in range(positions)])
    here = routed(c)
    alpha = ALPHA * here
    ((1 - alpha) * lm + alpha * kd).sum().backward()
    result |= {f"{index}.losses": torch.stack([lm.sum(), kd[here].sum(), lm[~here].sum(), here.sum()]).detach(),
               f"{index}.hidden": h.grad, f"{index}.weight": w.grad}
OUT.mkdir(parents=True, exist_ok=True)
save_file({key: value.float().contiguous() if value.is_floating_point() else value.contiguous()
           for key, value in result.items()}, OUT / "expected.safetensors")
(OUT / "losses.json").write_text("[\n" + ",\n".join("  " + json.dumps(c) for c in cases) + "\n]\n")
print(len(cases), "losses")
