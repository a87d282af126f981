class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The three products of a tile. In half, operands are bfloat16 (type 15), and so is each product before it is added
  # up in float32; the weight may be given as either.
  def logits(self: __torch__.Kernels, h_CD: Tensor, weight_WD: Tensor, half: bool, z_CW: Tensor) -> None:
    if half:
      torch.copy_(z_CW, torch.mm(torch.to(h_CD, 15), torch.t(torch.to(weight_WD, 15))))
    else:
      _0 = torch.mm(h_CD, torch.t(weight_WD), out=z_CW)
    return None

  def backward(self: __torch__.Kernels, gradient_CW: Tensor, h_CD: Tensor, weight_WD: Tensor, half: bool,
      scale: float, hidden_gradient_CD: Tensor, weight_gradient_WD: Tensor) -> None:
    if half:
      half_CW = torch.to(gradient_CW, 15)
      torch.add_(hidden_gradient_CD, torch.mm(half_CW, weight_WD))
      torch.add_(weight_gradient_WD, torch.mm(torch.t(half_CW), torch.to(h_CD, 15)), alpha=scale)
    else:
      torch.addmm_(hidden_gradient_CD, gradient_CW, weight_WD, beta=1, alpha=1)
      torch.addmm_(weight_gradient_WD, torch.t(gradient_CW), h_CD, beta=1, alpha=scale)
    return None

  # Tiles of [count, columns of each weight] in memory that is there already: new pages would cost as much as a softmax.
  def tiles(self: __torch__.Kernels, memory: Tensor, weights: List[Tensor], first: int, count: int) -> List[Tensor]:
    tiles = annotate(List[Tensor], [])
    for t in range(torch.len(weights)):
      columns = torch.size(weights[t], 0)
      end = torch.add(first, torch.mul(count, columns))
      torch.append(tiles, torch.view(torch.slice(memory, 0, first, end), [count, columns]))
      first = end
    return tiles

  # Columns of entries in the tile that begins at first, and which of them lie in it; those of others mean nothing.
  def columns(self: __torch__.Kernels, ids_CM: Tensor, first: int, width: int) -> Tuple[Tensor, Tensor]:
    column_CM = torch.sub(ids_CM, first)
    clamped_CM = torch.clamp(column_CM, 0, torch.sub(width, 1))
    return (clamped_CM, torch.eq(clamped_CM, column_CM))

  # In place; returns the logarithm of the sum of exponentials.
  def softmax(self: __torch__.Kernels, z_CW: Tensor, largest_C1: Tensor) -> Tensor:
    _0 = torch._softmax(z_CW, -1, False, out=z_CW)
    return torch.sub(largest_C1, torch.log(torch.amax(z_CW, [1], True)))

  def log_sum(self: __torch__.Kernels, log_sums_CT: Tensor) -> Tensor:
    if torch.eq(torch.size(log_sums_CT, 1), 1):
      log_sum_C1 = log_sums_CT
    else:
      log_sum_C1 = torch.logsumexp(log_sums_CT, [1], True)
    return log_sum_C1

  # The tiles of a weight or its gradient. In half, in the type of the products, converted once for all chunks.
  def split(self: __torch__.Kernels, weight_VD: Tensor, width: int, half: bool) -> List[Tensor]:
    if half:
      factor_VD = torch.to(weight_VD, 15)
    else:
      factor_VD = weight_VD
    return torch.split(factor_VD, width, 0)

  # Ids of a chunk's entries, kept tokens and the text's own.
  def entries(self: __torch__.Kernels, ids_CK: Tensor, target_C1: Tensor) -> Tensor:
    return torch.cat([torch.to(ids_CK, 4), target_C1], 1)

  # Tiles that begin at column first. Each gets its own softmax, as long as the sum over all tiles is not known. Returns
  # the logits of the entries, zero for those of other tiles, and logarithms of sums, [C, tiles] and [C, 0] or the same
  # of the tempered logits.
  # given: whether the logits are in the tiles already.
  def forward(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, given: bool, ids_CM: Tensor,
      positions_C4: Tensor, p: List[Tensor], tempered: List[Tensor], first: int) -> List[Tensor]:
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    z_CM = torch.zeros_like(ids_CM, dtype=6)
    log_sums = annotate(List[Tensor], [])
    tempered_log_sums = annotate(List[Tensor], [])
    for t in range(torch.len(weights)):
      z_CW = p[t]
      width = torch.size(z_CW, 1)
      if torch.__not__(given):
        (self).logits(h_CD, weights[t], half, z_CW, )
      column_CM, inside_CM = (self).columns(ids_CM, first, width, )
      z_CM = torch.where(inside_CM, torch.gather(z_CW, 1, column_CM), z_CM)
      largest_C1 = torch.amax(z_CW, [1], True)
      if torch.gt(torch.len(tempered), 0):
        _0 = torch.div(z_CW, temperature_C1, out=tempered[t])
        torch.append(tempered_log_sums, (self).softmax(tempered[t], torch.div(largest_C1, temperature_C1), ))
      torch.append(log_sums, (self).softmax(z_CW, largest_C1, ))
      first = torch.add(first, width)
    log_sums_CT = torch.cat(log_sums, 1)
    if torch.gt(torch.len(tempered), 0):
      tempered_log_sums_CT = torch.cat(tempered_log_sums, 1)
    else:
      tempered_log_sums_CT = torch.slice(log_sums_CT, 1, 0, 0)
    return [z_CM, log_sums_CT, tempered_log_sums_CT]

  # Takes the entries out of the tiles; returns what is left of the mass.
  def take_out(self: __torch__.Kernels, ids_CK: Tensor, real_CK: Tensor, p: List[Tensor], log_sums_CT: Tensor,
      log_sum_C1: Tensor) -> Tensor:
    left_C1 = torch.zeros_like(log_sum_C1)
    first = 0
    for t in range(torch.len(p)):
      column_CK, inside_CK = (self).columns(ids_CK, first, torch.size(p[t], 1), )
      taken_CK = torch.mul(torch.gather(p[t], 1, column_CK), torch.logical_and(inside_CK, real_CK))
      torch.scatter_add_(p[t], 1, column_CK, torch.neg(taken_CK))
      rest_C1 = torch.sum(p[t], [1], True)
      share_C1 = torch.exp(torch.sub(torch.slice(log_sums_CT, 1, t, torch.add(t, 1)), log_sum_C1))
      torch.addcmul_(left_C1, rest_C1, share_C1, value=1)
      first = torch.add(first, torch.size(p[t], 1))
    return left_C1

  # The gradient of the logits of tiles that begin at column first, factor_C1 * p + tempered_factor_C1 * tempered p +
  # that of the entries, goes back into the hidden states and the weight. A factor without columns is 1.
  # several: whether there are more tiles than one, on whichever thread.
  def backward_all(self: __torch__.Kernels, p: List[Tensor], log_sums_CT: Tensor, log_sum_C1: Tensor,
      factor_C1: Tensor, tempered: List[Tensor], tempered_log_sums_CT: Tensor, tempered_log_sum_C1: Tensor,
      tempered_factor_C1: Tensor, ids_CM: Tensor, sparse_CM: Tensor, h_CD: Tensor, weights: List[Tensor], half: bool,
      scale: float, hidden_gradient_CD: Tensor, weight_gradients: List[Tensor], first: int, several: bool) -> None:
    for t in range(torch.len(p)):
      next = torch.add(t, 1)
      if several:
        torch.mul_(p[t], torch.exp(torch.sub(torch.slice(log_sums_CT, 1, t, next), log_sum_C1)))
      if torch.gt(torch.size(factor_C1, 1), 0):
        torch.mul_(p[t], factor_C1)
      if torch.gt(torch.len(tempered), 0):
        share_C1 = torch.exp(torch.sub(torch.slice(tempered_log_sums_CT, 1, t, next), tempered_log_sum_C1))
        torch.addcmul_(p[t], tempered[t], torch.mul(share_C1, tempered_factor_C1), value=1)
      column_CM, inside_CM = (self).columns(ids_CM, first, torch.size(p[t], 1), )
      torch.scatter_add_(p[t], 1, column_CM, torch.mul(sparse_CM, inside_CM))
      (self).backward(p[t], h_CD, weights[t], half, scale, hidden_gradient_CD, weight_gradients[t], )
      first = torch.add(first, torch.size(p[t], 1))
    return None

  # The logits into the tiles that begin at column first, and from there into all of them.
  def all_logits(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, p: List[Tensor],
      first: int, z_CV: Tensor) -> None:
    for t in range(torch.len(weights)):
      (self).logits(h_CD, weights[t], half, p[t], )
      end = torch.add(first, torch.size(p[t], 1))
      torch.copy_(torch.slice(z_CV, 1, first, end), p[t])
      first = end
    return None

  # Losses of a chunk, from the logits of the entries and the logarithms of sums that each thread has found. Returns the
  # sums of both losses, the logarithm of the sum over the vocabulary, plain and tempered, the gradient of the entries,
  # and the factors of both softmaxes, without columns where there is none. p: all tiles, out of which a bucket takes
  # the entries.
  def losses(self: __torch__.Kernels, z_CM: List[Tensor], log_sums: List[Tensor], tempered_log_sums: List[Tensor],
      p: List[Tensor], ids_CM: Tensor, log_prob_CK: Tensor, positions_C4: Tensor, kind: int, tail: int,
      on_support: bool, temper_student: bool, unit: bool, mix: float, alpha: float) -> List[Tensor]:
    log_sums_CT = torch.cat(log_sums, 1)
    tempered_log_sums_CT = torch.cat(tempered_log_sums, 1)
    all_z_CM = z_CM[0]
    for i in range(1, torch.len(z_CM)):
      all_z_CM = torch.add(all_z_CM, z_CM[i])
    entries = torch.size(log_prob_CK, 1)
    text_weight = torch.sub(1., alpha)
    bucket = torch.eq(tail, 1)
    on_classes = torch.__or__(bucket, on_support)
    second = torch.gt(torch.size(tempered_log_sums_CT, 1), 0)
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    log_sum_C1 = (self).log_sum(log_sums_CT, )
    if second:
      class_log_sum_C1 = (self).log_sum(tempered_log_sums_CT, )
    else:
      class_log_sum_C1 = log_sum_C1
    target_z_C1 = torch.slice(all_z_CM, 1, entries)
    lm = torch.sum(torch.sub(log_sum_C1, target_z_C1), dtype=7)
    kd = torch.zeros_like(lm)
    sparse_CM = torch.full_like(target_z_C1, torch.neg(text_weight))
    factor_C1 = torch.slice(log_sum_C1, 1, 0, 0)
    tempered_factor_C1 = factor_C1
    if torch.gt(entries, 0):
      ids_CK = torch.slice(ids_CM, 1, 0, entries)
      weight_C1 = torch.slice(positions_C4, 1, 1, 2)
      tail_C1 = torch.slice(positions_C4, 1, 2, 3)
      teacher_log_sum_C1 = torch.slice(positions_C4, 1, 3, 4)
      log_q0 = (self).teacher(log_prob_CK, tail_C1, teacher_log_sum_C1, temperature_C1, kind, tail, )
      padded = torch.eq(log_q0, -inf)
      log_q = torch.masked_fill(log_q0, padded, 0.)
      z_CK = torch.slice(all_z_CM, 1, 0, entries)
      if temper_student:
        student_temperature_C1 = temperature_C1
      else:
        student_temperature_C1 = torch.ones_like(temperature_C1)
      real_CK = torch.logical_not(torch.slice(padded, 1, 0, entries))
      left_C1 = log_sum_C1
      if bucket:
        left_C1 = (self).take_out(ids_CK, real_CK, p, log_sums_CT, log_sum_C1, )
      if torch.eq(kind, 6):
        loss_C1, slope = (self).logit_error(z_CK, log_sum_C1, left_C1, log_q, padded, student_temperature_C1, tail, )
      else:
        log_r = (self).student(z_CK, class_log_sum_C1, left_C1, padded, student_temperature_C1, tail, on_support, )
        loss_C1, slope0 = (self).divergence(kind, padded, log_q, log_r, mix, )
        if on_classes:
          slope = (self).normalised(slope0, log_r, padded, )
        else:
          slope = slope0
      kd = torch.sum(torch.mul(loss_C1, weight_C1), dtype=7)
      weighted = torch.div(torch.mul(slope, torch.mul(weight_C1, alpha)), student_temperature_C1)
      sparse_CK = torch.slice(weighted, 1, 0, entries)
      if bucket:
        rest_C1 = torch.div(torch.slice(weighted, 1, entries), torch.clamp_min(left_C1, 1e-30))
        factor_C1 = torch.add(rest_C1, text_weight)
        p_CK = torch.mul(torch.exp(torch.sub(z_CK, log_sum_C1)), real_CK)
        sparse_CK = torch.add(sparse_CK, torch.mul(p_CK, text_weight))
      else:
        if torch.__not__(unit):
          common_C1 = torch.neg(torch.sum(weighted, [1], True))
          if torch.__or__(on_support, torch.eq(kind, 6)):
            factor_C1 = torch.full_like(common_C1, text_weight)
          else:
            if second:
              factor_C1 = torch.full_like(common_C1, text_weight)
              tempered_factor_C1 = common_C1
            else:
              factor_C1 = torch.add(common_C1, text_weight)
      sparse_CM = torch.cat([sparse_CK, sparse_CM], 1)
    return [lm, kd, log_sum_C1, class_log_sum_C1, sparse_CM, factor_C1, tempered_factor_C1]
