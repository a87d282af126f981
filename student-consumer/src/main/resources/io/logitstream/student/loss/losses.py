class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Loss terms of a chunk of positions and their gradients. Shapes: C positions, K entries of the padded supports,
  # M = K + 1 entries (the support, then the text's next token), Q classes that the divergences compare: K, or K + 1
  # with the tail as the last one. Padding has a log-probability of minus infinity in log_prob_CK.
  #
  # kind: 0 nll, 1 kld, 2 mse of probabilities, 3 reverse-kl, 4 jsd, 5 skew-kl, 6 mse of logits (LossConfig.Kind)
  # tail: 0 renormalise, 1 bucket, 2 none and counts, 3 decoupled (LossConfig.Tail); with 1 and 3 the tail is a class
  # on_support: whether the student's softmax runs over the support only

  # Whether the tail is a class of its own.
  def has_tail_class(self: __torch__.Kernels, tail: int) -> bool:
    return torch.__or__(torch.eq(tail, 1), torch.eq(tail, 3))

  # Log-probabilities of the classes where the temperature applies inside the support alone: the masses of support and
  # tail are those of u_CQ, log-probabilities at temperature 1, minus infinity in padding. Returns log-probabilities
  # [C, Q], minus infinity in padding.
  def decoupled(self: __torch__.Kernels, u_CQ: Tensor, temperature_C1: Tensor) -> Tensor:
    u_CK = torch.slice(u_CQ, 1, 0, -1)
    inside_CK = torch.log_softmax(torch.div(u_CK, temperature_C1), 1)
    masses_C2 = torch.log_softmax(torch.cat([torch.logsumexp(u_CK, [1], True), torch.slice(u_CQ, 1, -1)], 1), 1)
    support_CK = torch.add(inside_CK, torch.slice(masses_C2, 1, 0, 1))
    # An empty support has no softmax.
    known_CK = torch.masked_fill(support_CK, torch.eq(u_CK, -inf), -inf)
    return torch.cat([known_CK, torch.slice(masses_C2, 1, 1)], 1)

  # Takes the slope_CQ with respect to the result of decoupled back to u_CQ, arguments as there. Returns a slope_CQ.
  def decoupled_back(self: __torch__.Kernels, slope_CQ: Tensor, u_CQ: Tensor, temperature_C1: Tensor) -> Tensor:
    u_CK = torch.slice(u_CQ, 1, 0, -1)
    padded_CK = torch.eq(u_CK, -inf)
    inside_CK = torch.masked_fill(torch.softmax(torch.div(u_CK, temperature_C1), 1), padded_CK, 0.)
    untempered_CK = torch.masked_fill(torch.softmax(u_CK, 1), padded_CK, 0.)
    masses_C2 = torch.softmax(torch.cat([torch.logsumexp(u_CK, [1], True), torch.slice(u_CQ, 1, -1)], 1), 1)
    slope_CK = torch.slice(slope_CQ, 1, 0, -1)
    sum_C1 = torch.sum(slope_CK, [1], True)
    # Slope with respect to the log of the support's mass before its softmax with the tail; that of the tail is opposite.
    gain_C1 = torch.sub(torch.mul(sum_C1, torch.slice(masses_C2, 1, 1)),
        torch.mul(torch.slice(slope_CQ, 1, -1), torch.slice(masses_C2, 1, 0, 1)))
    within_CK = torch.div(torch.sub(slope_CK, torch.mul(inside_CK, sum_C1)), temperature_C1)
    return torch.cat([torch.add(within_CK, torch.mul(untempered_CK, gain_C1)), torch.neg(gain_C1)], 1)

  # Teacher's log-probabilities of the classes at the temperature; for mse of logits its logits by the temperature.
  # log_prob_CK float32; tail_C1, log_sum_C1, temperature_C1 float32. Returns log_q_CQ, minus infinity in padding.
  def teacher(self: __torch__.Kernels, log_prob_CK: Tensor, tail_C1: Tensor, log_sum_C1: Tensor,
      temperature_C1: Tensor, kind: int, tail: int) -> Tensor:
    if (self).has_tail_class(tail, ):
      classes_CQ = torch.cat([log_prob_CK, torch.log(torch.clamp_min(tail_C1, 1e-08))], 1)
    else:
      classes_CQ = log_prob_CK
    if torch.eq(kind, 6):
      log_q_CQ = torch.div(torch.add(classes_CQ, log_sum_C1), temperature_C1)
    else:
      if torch.le(tail, 1):
        log_q_CQ = torch.log_softmax(torch.div(classes_CQ, temperature_C1), 1)
      else:
        if torch.eq(tail, 3):
          log_q_CQ = (self).decoupled(classes_CQ, temperature_C1, )
        else:
          log_q_CQ = classes_CQ
    return log_q_CQ

  # Divergence of the teacher's q from the student's r, for all kinds but 6. padded_CQ: bool; log_q_CQ, log_r_CQ: 0 in
  # padding; mix: weight of the teacher in the mixture of jsd and skew-kl.
  # Returns the loss loss_C1 and its slope_CQ, the derivative with respect to log r.
  def divergence(self: __torch__.Kernels, kind: int, padded_CQ: Tensor, log_q_CQ: Tensor, log_r_CQ: Tensor,
      mix: float) -> Tuple[Tensor, Tensor]:
    q_CQ = torch.masked_fill(torch.exp(log_q_CQ), padded_CQ, 0.)
    if torch.le(kind, 1):
      if torch.eq(kind, 0):
        terms_CQ = torch.mul(q_CQ, torch.neg(log_r_CQ))
      else:
        terms_CQ = torch.mul(q_CQ, torch.sub(log_q_CQ, log_r_CQ))
      slope_CQ = torch.neg(q_CQ)
    else:
      r_CQ = torch.masked_fill(torch.exp(log_r_CQ), padded_CQ, 0.)
      if torch.eq(kind, 2):
        difference_CQ = torch.sub(r_CQ, q_CQ)
        classes_C1 = torch.sum(torch.logical_not(padded_CQ), [1], True)
        terms_CQ = torch.div(torch.square(difference_CQ), classes_C1)
        slope_CQ = torch.mul(torch.div(torch.mul(difference_CQ, 2.), classes_C1), r_CQ)
      else:
        if torch.eq(kind, 3):
          log_ratio_CQ = torch.sub(log_r_CQ, log_q_CQ)
          terms_CQ = torch.mul(r_CQ, log_ratio_CQ)
          slope_CQ = torch.mul(r_CQ, torch.add(log_ratio_CQ, 1.))
        else:
          mixture_CQ = torch.clamp_min(torch.add(torch.mul(q_CQ, mix), torch.mul(r_CQ, torch.sub(1., mix))), 1e-37)
          log_mixture_CQ = torch.log(mixture_CQ)
          teacher_terms_CQ = torch.mul(q_CQ, torch.sub(log_q_CQ, log_mixture_CQ))
          if torch.eq(kind, 4):
            student_terms_CQ = torch.mul(torch.mul(r_CQ, torch.sub(log_r_CQ, log_mixture_CQ)), torch.sub(1., mix))
            terms_CQ = torch.add(torch.mul(teacher_terms_CQ, mix), student_terms_CQ)
            slope_CQ = student_terms_CQ
          else:
            terms_CQ = teacher_terms_CQ
            slope_CQ = torch.div(torch.mul(torch.mul(q_CQ, r_CQ), torch.sub(mix, 1.)), mixture_CQ)
    loss_C1 = torch.sum(torch.masked_fill(terms_CQ, padded_CQ, 0.), [1], True)
    return (loss_C1, torch.masked_fill(slope_CQ, padded_CQ, 0.))

  # Takes the slope_CQ with respect to log r back through a softmax over the same classes. Returns a slope_CQ.
  def normalised(self: __torch__.Kernels, slope_CQ: Tensor, log_r_CQ: Tensor, padded_CQ: Tensor) -> Tensor:
    r_CQ = torch.masked_fill(torch.exp(log_r_CQ), padded_CQ, 0.)
    return torch.sub(slope_CQ, torch.mul(r_CQ, torch.sum(slope_CQ, [1], True)))

  # What the student's log-probabilities of the classes are computed from. z_CK: logits of the support; log_sum_C1:
  # log-sum-exp of the logits over the vocabulary; left_C1: mass outside of the support.
  # Returns the log-probabilities where the tail is a class, otherwise the logits; u_CQ.
  def classes(self: __torch__.Kernels, z_CK: Tensor, log_sum_C1: Tensor, left_C1: Tensor, tail: int) -> Tensor:
    if (self).has_tail_class(tail, ):
      u_CQ = torch.cat([torch.sub(z_CK, log_sum_C1), torch.log(torch.clamp_min(left_C1, 1e-30))], 1)
    else:
      u_CQ = z_CK
    return u_CQ

  # Student's log-probabilities of the classes. u_CQ: result of classes; log_sum_C1: log-sum-exp of the (tempered)
  # logits over the vocabulary. Returns log_r_CQ, 0 in padding.
  def student(self: __torch__.Kernels, u_CQ: Tensor, log_sum_C1: Tensor, padded_CQ: Tensor, temperature_C1: Tensor,
      tail: int, on_support: bool) -> Tensor:
    if torch.eq(tail, 3):
      log_r_CQ = (self).decoupled(torch.masked_fill(u_CQ, padded_CQ, -inf), temperature_C1, )
    else:
      v_CQ = torch.masked_fill(torch.div(u_CQ, temperature_C1), padded_CQ, -inf)
      if torch.__or__(torch.eq(tail, 1), on_support):
        log_r_CQ = torch.log_softmax(v_CQ, 1)
      else:
        log_r_CQ = torch.sub(v_CQ, log_sum_C1)
    return torch.masked_fill(log_r_CQ, padded_CQ, 0.)

  # Squared error of logits (kind 6), arguments as above, log_q_CQ the teacher's logits by the temperature.
  # Returns the loss_C1 and its slope_CQ with respect to the student's logits by the temperature.
  def logit_error(self: __torch__.Kernels, z_CK: Tensor, log_sum_C1: Tensor, left_C1: Tensor, log_q_CQ: Tensor,
      padded_CQ: Tensor, temperature_C1: Tensor, tail: int) -> Tuple[Tensor, Tensor]:
    if torch.eq(tail, 1):
      u_CQ = torch.cat([z_CK, torch.add(log_sum_C1, torch.log(torch.clamp_min(left_C1, 1e-30)))], 1)
    else:
      u_CQ = z_CK
    difference_CQ = torch.masked_fill(torch.sub(torch.div(u_CQ, temperature_C1), log_q_CQ), padded_CQ, 0.)
    classes_C1 = torch.sum(torch.logical_not(padded_CQ), [1], True)
    loss_C1 = torch.div(torch.sum(torch.square(difference_CQ), [1], True), classes_C1)
    return (loss_C1, torch.div(torch.mul(difference_CQ, 2.), classes_C1))

  # Sum of the lanes' parts, each [C, 1] or [C, 0].
  def total(self: __torch__.Kernels, parts: List[Tensor]) -> Tensor:
    total = parts[0]
    for i in range(1, torch.len(parts)):
      total = torch.add(total, parts[i])
    return total

  # Both loss terms of a chunk and the parts of the gradient of
  #   L = lm_weight * lm + kd_weight * kd
  # with respect to the logits z: factor_C1 * softmax(z) + tempered_factor_C1 * softmax(z / temperature) + sparse_CM.
  # The two weights are those of LossWeights, the place where alpha is applied. Where routed_C1 is 0 the text has the sum
  # of both and kd has none; [C, 0] is 1 everywhere.
  #
  # z_CM float32: natural logits of the entries. sums, tempered_sums: for each lane the sums of its tiles [C, 1], the
  # second [C, 0] without tempered softmax. shift_C1: shift of the binary logits, or [C, 0]. memory: vector that holds
  # the tiles; where the tail is a class the support is taken out of it. entries_CM int64: positions of the entries in memory.
  # log_prob_CK float32, positions_C4 float32: temperature, KD weight, tail mass, teacher's log-sum-exp.
  # factor_is_one: whether the factor of the softmax is known to be 1. mix: as above.
  # Returns lm, kd and the lm of positions without kd (float64 scalars, summed over the chunk, kd before its weight),
  # sum_C1, tempered_sum_C1, sparse_CM, factor_C1 ([C, 0] where it is 1) and tempered_factor_C1 ([C, 0] where there is
  # no tempered softmax).
  def losses(self: __torch__.Kernels, z_CM: Tensor, sums: List[Tensor], tempered_sums: List[Tensor], shift_C1: Tensor,
      memory: Tensor, tiles: List[Tensor], entries_CM: Tensor, log_prob_CK: Tensor, positions_C4: Tensor,
      routed_C1: Tensor, kind: int, tail: int, on_support: bool, temper_student: bool, factor_is_one: bool, mix: float,
      lm_weight: float, kd_weight: float) -> List[Tensor]:
    sum_C1 = (self).total(sums, )
    tempered_sum_C1 = (self).total(tempered_sums, )
    width = torch.size(log_prob_CK, 1)
    tail_class = (self).has_tail_class(tail, )
    on_classes = torch.__or__(tail_class, on_support)
    partial = torch.gt(torch.size(routed_C1, 1), 0)
    elsewhere_C1 = torch.eq(routed_C1, 0.)
    second = torch.gt(torch.size(tempered_sum_C1, 1), 0)
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    # Times log(2): the shift of the natural logits.
    if torch.gt(torch.size(shift_C1, 1), 0):
      natural_shift_C1 = torch.mul(shift_C1, 0.6931471805599453)
    else:
      natural_shift_C1 = torch.zeros_like(sum_C1)
    log_sum_C1 = torch.add(torch.log(sum_C1), natural_shift_C1)
    if second:
      class_log_sum_C1 = torch.add(torch.log(tempered_sum_C1), torch.div(natural_shift_C1, temperature_C1))
    else:
      class_log_sum_C1 = log_sum_C1
    target_z_C1 = torch.slice(z_CM, 1, width)
    lm_C1 = torch.sub(log_sum_C1, target_z_C1)
    lm = torch.sum(lm_C1, dtype=7)
    kd = torch.zeros_like(lm)
    lm_elsewhere = torch.zeros_like(lm)
    lm_weight_C1 = torch.full_like(target_z_C1, lm_weight)
    if partial:
      lm_elsewhere = torch.sum(torch.masked_fill(lm_C1, torch.logical_not(elsewhere_C1), 0.), dtype=7)
      lm_weight_C1 = torch.masked_fill(lm_weight_C1, elsewhere_C1, torch.add(lm_weight, kd_weight))
    sparse_CM = torch.neg(lm_weight_C1)
    factor_C1 = torch.slice(log_sum_C1, 1, 0, 0)
    tempered_factor_C1 = factor_C1
    if torch.gt(width, 0):
      weight_C1 = torch.slice(positions_C4, 1, 1, 2)
      if partial:
        weight_C1 = torch.masked_fill(weight_C1, elsewhere_C1, 0.)
      tail_C1 = torch.slice(positions_C4, 1, 2, 3)
      teacher_log_sum_C1 = torch.slice(positions_C4, 1, 3, 4)
      raw_log_q_CQ = (self).teacher(log_prob_CK, tail_C1, teacher_log_sum_C1, temperature_C1, kind, tail, )
      padded_CQ = torch.eq(raw_log_q_CQ, -inf)
      log_q_CQ = torch.masked_fill(raw_log_q_CQ, padded_CQ, 0.)
      z_CK = torch.slice(z_CM, 1, 0, width)
      if temper_student:
        student_temperature_C1 = temperature_C1
      else:
        student_temperature_C1 = torch.ones_like(temperature_C1)
      real_CK = torch.logical_not(torch.slice(padded_CQ, 1, 0, width))
      left_C1 = log_sum_C1
      if tail_class:
        left_C1 = (self).take_out(memory, torch.slice(entries_CM, 1, 0, width), real_CK, tiles, sum_C1, )
      # The slopes are with respect to the student's values divided by this.
      divisor_C1 = student_temperature_C1
      if torch.eq(kind, 6):
        loss_C1, slope_CQ = (self).logit_error(z_CK, log_sum_C1, left_C1, log_q_CQ, padded_CQ, student_temperature_C1, tail, )
      else:
        u_CQ = (self).classes(z_CK, class_log_sum_C1, left_C1, tail, )
        log_r_CQ = (self).student(u_CQ, class_log_sum_C1, padded_CQ, student_temperature_C1, tail, on_support, )
        loss_C1, raw_slope_CQ = (self).divergence(kind, padded_CQ, log_q_CQ, log_r_CQ, mix, )
        if torch.eq(tail, 3):
          masked_CQ = torch.masked_fill(u_CQ, padded_CQ, -inf)
          slope_CQ = (self).decoupled_back(raw_slope_CQ, masked_CQ, student_temperature_C1, )
          divisor_C1 = torch.ones_like(temperature_C1)
        else:
          if on_classes:
            slope_CQ = (self).normalised(raw_slope_CQ, log_r_CQ, padded_CQ, )
          else:
            slope_CQ = raw_slope_CQ
      kd = torch.sum(torch.mul(loss_C1, weight_C1), dtype=7)
      weighted_CQ = torch.div(torch.mul(slope_CQ, torch.mul(weight_C1, kd_weight)), divisor_C1)
      sparse_CK = torch.slice(weighted_CQ, 1, 0, width)
      if tail_class:
        # The tail's slope applies to all tokens outside of the support, which have left the tiles of the softmax.
        rest_C1 = torch.div(torch.slice(weighted_CQ, 1, width), torch.clamp_min(left_C1, 1e-30))
        factor_C1 = torch.add(rest_C1, lm_weight_C1)
        p_CK = torch.mul(torch.exp(torch.sub(z_CK, log_sum_C1)), real_CK)
        sparse_CK = torch.add(sparse_CK, torch.mul(p_CK, lm_weight_C1))
      else:
        if torch.__not__(factor_is_one):
          common_C1 = torch.neg(torch.sum(weighted_CQ, [1], True))
          if torch.__or__(on_support, torch.eq(kind, 6)):
            factor_C1 = lm_weight_C1
          else:
            if second:
              factor_C1 = lm_weight_C1
              tempered_factor_C1 = common_C1
            else:
              factor_C1 = torch.add(common_C1, lm_weight_C1)
      sparse_CM = torch.cat([sparse_CK, sparse_CM], 1)
    return [lm, kd, lm_elsewhere, sum_C1, tempered_sum_C1, sparse_CM, factor_C1, tempered_factor_C1]
