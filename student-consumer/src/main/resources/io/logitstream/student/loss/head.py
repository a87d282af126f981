class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Where a chunk's entries, kept tokens and the text's own, are in its tiles.
  def entries(self: __torch__.Kernels, ids_CK: Tensor, target_C1: Tensor, width: int, vocabulary: int) -> Tensor:
    ids_CM = torch.cat([torch.to(ids_CK, 4), target_C1], 1)
    count = torch.size(ids_CM, 0)
    first_CM = torch.mul(torch.div(ids_CM, width, rounding_mode="floor"), width)
    width_CM = torch.clamp_max(torch.sub(vocabulary, first_CM), width)
    row_C1 = torch.unsqueeze(torch.arange(count, dtype=4, layout=None, device=ops.prim.device(ids_CM)), 1)
    before_CM = torch.add(torch.mul(first_CM, count), torch.mul(width_CM, row_C1))
    return torch.add(before_CM, torch.sub(ids_CM, first_CM))

  # Logits of the entries.
  # powers: whether the tiles are powers of two already. Taken back they are off by some 1e-7, no more than any logit is.
  def logits_of(self: __torch__.Kernels, memory: Tensor, entries_CM: Tensor, powers: bool) -> Tensor:
    binary_CM = torch.take(memory, entries_CM)
    if powers:
      binary_CM = torch.log2(binary_CM)
    return torch.mul(binary_CM, 0.6931471805599453)

  # Takes the entries out of the tiles; returns what is left of the mass.
  def take_out(self: __torch__.Kernels, memory: Tensor, entries_CK: Tensor, real_CK: Tensor, tiles: List[Tensor],
      sum_C1: Tensor) -> Tensor:
    taken_CK = torch.mul(torch.take(memory, entries_CK), real_CK)
    (self).add_at(memory, entries_CK, torch.neg(taken_CK), )
    rest_C1 = torch.zeros_like(sum_C1)
    for t in range(torch.len(tiles)):
      torch.add_(rest_C1, torch.sum(tiles[t], [1], True))
    return torch.div(rest_C1, sum_C1)

  def add_at(self: __torch__.Kernels, memory: Tensor, entries: Tensor, values: Tensor) -> None:
    torch.scatter_add_(memory, 0, torch.flatten(entries), torch.flatten(values))
    return None

  # The gradient of the logits, factor_C1 * softmax + tempered_factor_C1 * tempered softmax + that of the entries, into
  # the tiles. Without columns a factor is 1, and the tiles stay what they are, the gradient times their sums.
  def gradient(self: __torch__.Kernels, memory: Tensor, tiles: List[Tensor], sum_C1: Tensor, factor_C1: Tensor,
      tempered: List[Tensor], tempered_sum_C1: Tensor, tempered_factor_C1: Tensor, entries_CM: Tensor,
      sparse_CM: Tensor) -> None:
    multiple = torch.eq(torch.size(factor_C1, 1), 0)
    for t in range(torch.len(tiles)):
      if torch.__not__(multiple):
        torch.mul_(tiles[t], torch.div(factor_C1, sum_C1))
      if torch.gt(torch.len(tempered), 0):
        torch.addcmul_(tiles[t], tempered[t], torch.div(tempered_factor_C1, tempered_sum_C1), value=1)
    if multiple:
      (self).add_at(memory, entries_CM, torch.mul(sparse_CM, sum_C1), )
    else:
      (self).add_at(memory, entries_CM, sparse_CM, )
    return None

  def total(self: __torch__.Kernels, parts: List[Tensor]) -> Tensor:
    total = parts[0]
    for i in range(1, torch.len(parts)):
      total = torch.add(total, parts[i])
    return total

  # Losses of a chunk, from the logits of the entries and the sums of powers that each lane has found. Returns the sums
  # of both losses, the sums over the vocabulary, plain and tempered, the gradient of the entries, and the factors of
  # both softmaxes, without columns where there is none. tiles: all of them, out of which a bucket takes the entries.
  def losses(self: __torch__.Kernels, z_CM: Tensor, sums: List[Tensor], tempered_sums: List[Tensor], shift_C1: Tensor,
      memory: Tensor, tiles: List[Tensor], entries_CM: Tensor, log_prob_CK: Tensor, positions_C4: Tensor, kind: int,
      tail: int, on_support: bool, temper_student: bool, unit: bool, mix: float, alpha: float) -> List[Tensor]:
    sum_C1 = (self).total(sums, )
    tempered_sum_C1 = (self).total(tempered_sums, )
    entries = torch.size(log_prob_CK, 1)
    text_weight = torch.sub(1., alpha)
    bucket = torch.eq(tail, 1)
    on_classes = torch.__or__(bucket, on_support)
    second = torch.gt(torch.size(tempered_sum_C1, 1), 0)
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    if torch.gt(torch.size(shift_C1, 1), 0):
      taken_C1 = torch.mul(shift_C1, 0.6931471805599453)
    else:
      taken_C1 = torch.zeros_like(sum_C1)
    log_sum_C1 = torch.add(torch.log(sum_C1), taken_C1)
    if second:
      class_log_sum_C1 = torch.add(torch.log(tempered_sum_C1), torch.div(taken_C1, temperature_C1))
    else:
      class_log_sum_C1 = log_sum_C1
    target_z_C1 = torch.slice(z_CM, 1, entries)
    lm = torch.sum(torch.sub(log_sum_C1, target_z_C1), dtype=7)
    kd = torch.zeros_like(lm)
    sparse_CM = torch.full_like(target_z_C1, torch.neg(text_weight))
    factor_C1 = torch.slice(log_sum_C1, 1, 0, 0)
    tempered_factor_C1 = factor_C1
    if torch.gt(entries, 0):
      weight_C1 = torch.slice(positions_C4, 1, 1, 2)
      tail_C1 = torch.slice(positions_C4, 1, 2, 3)
      teacher_log_sum_C1 = torch.slice(positions_C4, 1, 3, 4)
      log_q0 = (self).teacher(log_prob_CK, tail_C1, teacher_log_sum_C1, temperature_C1, kind, tail, )
      padded = torch.eq(log_q0, -inf)
      log_q = torch.masked_fill(log_q0, padded, 0.)
      z_CK = torch.slice(z_CM, 1, 0, entries)
      if temper_student:
        student_temperature_C1 = temperature_C1
      else:
        student_temperature_C1 = torch.ones_like(temperature_C1)
      real_CK = torch.logical_not(torch.slice(padded, 1, 0, entries))
      left_C1 = log_sum_C1
      if bucket:
        left_C1 = (self).take_out(memory, torch.slice(entries_CM, 1, 0, entries), real_CK, tiles, sum_C1, )
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
    return [lm, kd, sum_C1, tempered_sum_C1, sparse_CM, factor_C1, tempered_factor_C1]
