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

  # The three products of a chunk. In half, operands are bfloat16 (type 15), and so is each product before it is added
  # up in float32; the weight may be given as either.
  def logits(self: __torch__.Kernels, h_CD: Tensor, weight_VD: Tensor, half: bool, z_CV: Tensor) -> None:
    if half:
      torch.copy_(z_CV, torch.mm(torch.to(h_CD, 15), torch.t(torch.to(weight_VD, 15))))
    else:
      _0 = torch.mm(h_CD, torch.t(weight_VD), out=z_CV)
    return None

  def backward(self: __torch__.Kernels, gradient_CV: Tensor, h_CD: Tensor, weight_VD: Tensor, half: bool,
      scale: float, hidden_gradient_CD: Tensor, weight_gradient_VD: Tensor) -> None:
    if half:
      half_CV = torch.to(gradient_CV, 15)
      torch.copy_(hidden_gradient_CD, torch.mm(half_CV, weight_VD))
      torch.add_(weight_gradient_VD, torch.mm(torch.t(half_CV), torch.to(h_CD, 15)), alpha=scale)
    else:
      _0 = torch.mm(gradient_CV, weight_VD, out=hidden_gradient_CD)
      torch.addmm_(weight_gradient_VD, torch.t(gradient_CV), h_CD, beta=1, alpha=scale)
    return None

  # given_CV: empty, or the logits of the rows, computed before, as one chunk; they are overwritten.
  def distill(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, targets_N1: Tensor, ids_NK: Tensor,
      log_prob_NK: Tensor, positions_N4: Tensor, kind: int, tail: int, on_support: bool, tempered: bool,
      unit: bool, mix: float, alpha: float, scale: float, chunk: int, half: bool, given_CV: List[Tensor],
      weight_gradient_VD: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    rows = torch.size(hidden_ND, 0)
    vocabulary = torch.size(weight_VD, 0)
    entries = torch.size(ids_NK, 1)
    text_weight = torch.sub(1., alpha)
    if half:
      factor_VD = torch.to(weight_VD, 15)
    else:
      factor_VD = weight_VD
    hidden_gradient_ND = torch.empty_like(hidden_ND)
    lm = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    kd = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    given = torch.gt(torch.len(given_CV), 0)
    if given:
      buffer_CV = given_CV[0]
    else:
      buffer_CV = torch.empty([chunk, vocabulary], dtype=6, layout=None, device=hidden_ND.device, pin_memory=False)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      h_CD = torch.slice(hidden_ND, 0, begin, end)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      z_CV = torch.slice(buffer_CV, 0, 0, torch.size(h_CD, 0))
      if torch.__not__(given):
        (self).logits(h_CD, factor_VD, half, z_CV, )
      target_z_C1 = torch.gather(z_CV, 1, target_C1)
      largest_C1 = torch.amax(z_CV, [1], True)
      if torch.gt(entries, 0):
        ids_CK = torch.to(torch.slice(ids_NK, 0, begin, end), 4)
        z_CK = torch.gather(z_CV, 1, ids_CK)
        positions_C4 = torch.slice(positions_N4, 0, begin, end)
        temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
        weight_C1 = torch.slice(positions_C4, 1, 1, 2)
        log_q0 = (self).teacher(torch.slice(log_prob_NK, 0, begin, end), torch.slice(positions_C4, 1, 2, 3), torch.slice(positions_C4, 1, 3, 4), temperature_C1, kind, tail, )
        padded = torch.eq(log_q0, -inf)
        log_q = torch.masked_fill(log_q0, padded, 0.)
        if tempered:
          student_temperature_C1 = temperature_C1
        else:
          student_temperature_C1 = torch.ones_like(temperature_C1)
      else:
        ids_CK = target_C1
        z_CK = target_z_C1
        temperature_C1 = target_z_C1
        weight_C1 = target_z_C1
        padded = target_C1
        log_q = target_z_C1
        student_temperature_C1 = target_z_C1
      p_CV = z_CV
      second = torch.__and__(torch.__and__(tempered, torch.ne(tail, 1)), torch.__and__(torch.__not__(on_support), torch.lt(kind, 6)))
      if torch.__and__(second, torch.gt(entries, 0)):
        tempered_CV = torch.div(z_CV, temperature_C1)
        _1 = torch._softmax(tempered_CV, -1, False, out=tempered_CV)
        class_log_sum_C1 = torch.sub(torch.div(largest_C1, temperature_C1), torch.log(torch.amax(tempered_CV, [1], True)))
        _2 = torch._softmax(z_CV, -1, False, out=p_CV)
        log_sum_C1 = torch.sub(largest_C1, torch.log(torch.amax(p_CV, [1], True)))
      else:
        _3 = torch._softmax(z_CV, -1, False, out=p_CV)
        log_sum_C1 = torch.sub(largest_C1, torch.log(torch.amax(p_CV, [1], True)))
        class_log_sum_C1 = log_sum_C1
        tempered_CV = p_CV
      torch.add_(lm, torch.sum(torch.sub(log_sum_C1, target_z_C1), dtype=7))
      if torch.gt(entries, 0):
        if torch.eq(tail, 1):
          real_CK = torch.logical_not(torch.slice(padded, 1, 0, entries))
          p_CK = torch.mul(torch.gather(p_CV, 1, ids_CK), real_CK)
          torch.scatter_(p_CV, 1, ids_CK, 0.)
          left_C1 = torch.sum(p_CV, [1], True)
        else:
          p_CK = z_CK
          left_C1 = log_sum_C1
        if torch.eq(kind, 6):
          loss_C1, slope = (self).logit_error(z_CK, log_sum_C1, left_C1, log_q, padded, student_temperature_C1, tail, )
        else:
          log_r = (self).student(z_CK, class_log_sum_C1, left_C1, padded, student_temperature_C1, tail, on_support, )
          loss_C1, slope0 = (self).divergence(kind, padded, log_q, log_r, mix, )
          if torch.__or__(torch.eq(tail, 1), on_support):
            slope = (self).normalised(slope0, log_r, padded, )
          else:
            slope = slope0
        torch.add_(kd, torch.sum(torch.mul(loss_C1, weight_C1), dtype=7))
        weighted = torch.div(torch.mul(slope, torch.mul(weight_C1, alpha)), student_temperature_C1)
        if torch.eq(tail, 1):
          common_C1 = torch.div(torch.slice(weighted, 1, entries, torch.add(entries, 1)), torch.clamp_min(left_C1, 1e-30))
          torch.mul_(p_CV, torch.add(common_C1, text_weight))
          sparse_CK = torch.add(torch.slice(weighted, 1, 0, entries), torch.mul(p_CK, text_weight))
        else:
          sparse_CK = weighted
          if torch.__not__(unit):
            if torch.__or__(on_support, torch.eq(kind, 6)):
              torch.mul_(p_CV, text_weight)
            else:
              common_C1 = torch.neg(torch.sum(weighted, [1], True))
              if second:
                torch.mul_(p_CV, text_weight)
                torch.addcmul_(p_CV, tempered_CV, common_C1)
              else:
                torch.mul_(p_CV, torch.add(common_C1, text_weight))
        torch.scatter_add_(p_CV, 1, ids_CK, sparse_CK)
      one_C1 = torch.full_like(target_z_C1, torch.neg(text_weight))
      torch.scatter_add_(p_CV, 1, target_C1, one_C1)
      hidden_gradient_CD = torch.slice(hidden_gradient_ND, 0, begin, end)
      (self).backward(p_CV, h_CD, factor_VD, half, scale, hidden_gradient_CD, weight_gradient_VD, )
    torch.mul_(hidden_gradient_ND, scale)
    return (hidden_gradient_ND, lm, kd)
