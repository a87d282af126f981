class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def teacher(self: __torch__.Kernels, log_prob_CK: Tensor, tail_C1: Tensor, log_sum_C1: Tensor,
      temperature_C1: Tensor, kind: int, tail: int) -> Tensor:
    if torch.eq(tail, 1):
      classes = torch.cat([log_prob_CK, torch.log(torch.clamp_min(tail_C1, 1e-08))], 1)
    else:
      classes = log_prob_CK
    if torch.eq(kind, 6):
      log_q = torch.div(torch.add(classes, log_sum_C1), temperature_C1)
    else:
      if torch.le(tail, 1):
        log_q = torch.log_softmax(torch.div(classes, temperature_C1), 1)
      else:
        log_q = classes
    return log_q

  def divergence(self: __torch__.Kernels, kind: int, padded: Tensor, log_q: Tensor, log_r: Tensor,
      mix: float) -> Tuple[Tensor, Tensor]:
    q = torch.masked_fill(torch.exp(log_q), padded, 0.)
    if torch.le(kind, 1):
      if torch.eq(kind, 0):
        terms = torch.mul(q, torch.neg(log_r))
      else:
        terms = torch.mul(q, torch.sub(log_q, log_r))
      slope = torch.neg(q)
    else:
      r = torch.masked_fill(torch.exp(log_r), padded, 0.)
      if torch.eq(kind, 2):
        difference = torch.sub(r, q)
        classes_C1 = torch.sum(torch.logical_not(padded), [1], True)
        terms = torch.div(torch.square(difference), classes_C1)
        slope = torch.mul(torch.div(torch.mul(difference, 2.), classes_C1), r)
      else:
        if torch.eq(kind, 3):
          log_ratio = torch.sub(log_r, log_q)
          terms = torch.mul(r, log_ratio)
          slope = torch.mul(r, torch.add(log_ratio, 1.))
        else:
          mixture = torch.clamp_min(torch.add(torch.mul(q, mix), torch.mul(r, torch.sub(1., mix))), 1e-37)
          log_mixture = torch.log(mixture)
          teacher_terms = torch.mul(q, torch.sub(log_q, log_mixture))
          if torch.eq(kind, 4):
            student_terms = torch.mul(torch.mul(r, torch.sub(log_r, log_mixture)), torch.sub(1., mix))
            terms = torch.add(torch.mul(teacher_terms, mix), student_terms)
            slope = student_terms
          else:
            terms = teacher_terms
            slope = torch.div(torch.mul(torch.mul(q, r), torch.sub(mix, 1.)), mixture)
    loss_C1 = torch.sum(torch.masked_fill(terms, padded, 0.), [1], True)
    return (loss_C1, torch.masked_fill(slope, padded, 0.))

  def normalised(self: __torch__.Kernels, slope: Tensor, log_r: Tensor, padded: Tensor) -> Tensor:
    r = torch.masked_fill(torch.exp(log_r), padded, 0.)
    return torch.sub(slope, torch.mul(r, torch.sum(slope, [1], True)))

  def student(self: __torch__.Kernels, z_CK: Tensor, log_sum_C1: Tensor, left_C1: Tensor, padded: Tensor,
      temperature_C1: Tensor, tail: int, on_support: bool) -> Tensor:
    if torch.eq(tail, 1):
      u = torch.cat([torch.sub(z_CK, log_sum_C1), torch.log(torch.clamp_min(left_C1, 1e-30))], 1)
    else:
      u = z_CK
    v = torch.masked_fill(torch.div(u, temperature_C1), padded, -inf)
    if torch.__or__(torch.eq(tail, 1), on_support):
      log_r = torch.log_softmax(v, 1)
    else:
      log_r = torch.sub(v, log_sum_C1)
    return torch.masked_fill(log_r, padded, 0.)

  def logit_error(self: __torch__.Kernels, z_CK: Tensor, log_sum_C1: Tensor, left_C1: Tensor, log_q: Tensor,
      padded: Tensor, temperature_C1: Tensor, tail: int) -> Tuple[Tensor, Tensor]:
    if torch.eq(tail, 1):
      u = torch.cat([z_CK, torch.add(log_sum_C1, torch.log(torch.clamp_min(left_C1, 1e-30)))], 1)
    else:
      u = z_CK
    difference = torch.masked_fill(torch.sub(torch.div(u, temperature_C1), log_q), padded, 0.)
    classes_C1 = torch.sum(torch.logical_not(padded), [1], True)
    loss_C1 = torch.div(torch.sum(torch.square(difference), [1], True), classes_C1)
    return (loss_C1, torch.div(torch.mul(difference, 2.), classes_C1))
