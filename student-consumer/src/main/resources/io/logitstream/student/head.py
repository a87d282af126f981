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
  def tiles(self: __torch__.Kernels, memory: Tensor, weights: List[Tensor], count: int) -> List[Tensor]:
    tiles = annotate(List[Tensor], [])
    first = 0
    for t in range(torch.len(weights)):
      columns = torch.size(weights[t], 0)
      end = torch.add(first, torch.mul(count, columns))
      torch.append(tiles, torch.view(torch.slice(memory, 0, first, end), [count, columns]))
      first = end
    return tiles

  # Columns of entries in the tile that begins at first, and which of them lie in it; the columns of others mean nothing.
  def columns(self: __torch__.Kernels, ids_CM: Tensor, first: int, width: int) -> Tuple[Tensor, Tensor]:
    column_CM = torch.sub(ids_CM, first)
    clamped_CM = torch.clamp(column_CM, 0, torch.sub(width, 1))
    return (clamped_CM, torch.eq(clamped_CM, column_CM))

  # In place; returns the logarithm of the sum of exponentials.
  def softmax(self: __torch__.Kernels, z_CW: Tensor, largest_C1: Tensor) -> Tensor:
    _0 = torch._softmax(z_CW, -1, False, out=z_CW)
    return torch.sub(largest_C1, torch.log(torch.amax(z_CW, [1], True)))

  def log_sum(self: __torch__.Kernels, log_sums: List[Tensor]) -> Tensor:
    if torch.eq(torch.len(log_sums), 1):
      log_sum_C1 = log_sums[0]
    else:
      log_sum_C1 = torch.logsumexp(torch.cat(log_sums, 1), [1], True)
    return log_sum_C1

  # Each tile gets its own softmax, as long as the sum over all tiles is not known. Returns the logits of the entries.
  # given_CV: empty, or the logits, computed before.
  def forward(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, given_CV: List[Tensor],
      ids_CM: Tensor, temperature_C1: Tensor, p: List[Tensor], log_sums: List[Tensor], tempered: List[Tensor],
      tempered_log_sums: List[Tensor]) -> Tensor:
    z_CM = torch.zeros_like(ids_CM, dtype=6)
    first = 0
    for t in range(torch.len(weights)):
      z_CW = p[t]
      width = torch.size(z_CW, 1)
      if torch.gt(torch.len(given_CV), 0):
        torch.copy_(z_CW, torch.slice(given_CV[0], 1, first, torch.add(first, width)))
      else:
        (self).logits(h_CD, weights[t], half, z_CW, )
      column_CM, inside_CM = (self).columns(ids_CM, first, width, )
      z_CM = torch.where(inside_CM, torch.gather(z_CW, 1, column_CM), z_CM)
      largest_C1 = torch.amax(z_CW, [1], True)
      if torch.gt(torch.len(tempered), 0):
        _0 = torch.div(z_CW, temperature_C1, out=tempered[t])
        torch.append(tempered_log_sums, (self).softmax(tempered[t], torch.div(largest_C1, temperature_C1), ))
      torch.append(log_sums, (self).softmax(z_CW, largest_C1, ))
      first = torch.add(first, width)
    return z_CM

  # Takes the entries out of the tiles; returns what is left of the mass.
  def take_out(self: __torch__.Kernels, ids_CK: Tensor, real_CK: Tensor, p: List[Tensor], log_sums: List[Tensor],
      log_sum_C1: Tensor) -> Tensor:
    left_C1 = torch.zeros_like(log_sum_C1)
    first = 0
    for t in range(torch.len(p)):
      column_CK, inside_CK = (self).columns(ids_CK, first, torch.size(p[t], 1), )
      taken_CK = torch.mul(torch.gather(p[t], 1, column_CK), torch.logical_and(inside_CK, real_CK))
      torch.scatter_add_(p[t], 1, column_CK, torch.neg(taken_CK))
      rest_C1 = torch.sum(p[t], [1], True)
      torch.addcmul_(left_C1, rest_C1, torch.exp(torch.sub(log_sums[t], log_sum_C1)), value=1)
      first = torch.add(first, torch.size(p[t], 1))
    return left_C1

  # The gradient of a tile's logits, factor_C1 * p + tempered_factor_C1 * tempered p + that of the entries, goes back
  # into the hidden states and the weight. Factors of which there is none are 1.
  def backward_all(self: __torch__.Kernels, p: List[Tensor], log_sums: List[Tensor], log_sum_C1: Tensor,
      factor: List[Tensor], tempered: List[Tensor], tempered_log_sums: List[Tensor], tempered_factor: List[Tensor],
      ids_CM: Tensor, sparse_CM: Tensor, h_CD: Tensor, weights: List[Tensor], half: bool, scale: float,
      hidden_gradient_CD: Tensor, weight_gradients: List[Tensor]) -> None:
    first = 0
    for t in range(torch.len(p)):
      if torch.gt(torch.len(p), 1):
        torch.mul_(p[t], torch.exp(torch.sub(log_sums[t], log_sum_C1)))
      for f in range(torch.len(factor)):
        torch.mul_(p[t], factor[f])
      if torch.gt(torch.len(tempered), 0):
        share_C1 = torch.exp(torch.sub(tempered_log_sums[t], (self).log_sum(tempered_log_sums, )))
        torch.addcmul_(p[t], tempered[t], torch.mul(share_C1, tempered_factor[0]), value=1)
      column_CM, inside_CM = (self).columns(ids_CM, first, torch.size(p[t], 1), )
      torch.scatter_add_(p[t], 1, column_CM, torch.mul(sparse_CM, inside_CM))
      (self).backward(p[t], h_CD, weights[t], half, scale, hidden_gradient_CD, weight_gradients[t], )
      first = torch.add(first, torch.size(p[t], 1))
    return None

  # The logits as the tiles have them, to the bit.
  def all_logits(self: __torch__.Kernels, h_CD: Tensor, weight_VD: Tensor, width: int, half: bool, z_CV: Tensor) -> None:
    weights = torch.split(weight_VD, width, 0)
    if torch.eq(torch.len(weights), 1):
      (self).logits(h_CD, weight_VD, half, z_CV, )
    else:
      parts_CW = torch.split(z_CV, width, 1)
      z_CW = torch.empty([torch.size(h_CD, 0), width], dtype=6, layout=None, device=ops.prim.device(z_CV), pin_memory=False)
      for t in range(torch.len(weights)):
        tile_CW = torch.view(torch.slice(torch.flatten(z_CW), 0, 0, torch.numel(parts_CW[t])), torch.size(parts_CW[t]))
        (self).logits(h_CD, weights[t], half, tile_CW, )
        torch.copy_(parts_CW[t], tile_CW)
    return None

  # The vocabulary goes in tiles of width columns, which stay in the cache from one operation to the next, while the
  # weight and its gradient come from memory once for each chunk of rows and product.
  # given_CV: empty, or the logits of the rows, computed before, as one chunk. memory: for the logits of one chunk, or
  # two of them where the student is tempered over the whole vocabulary.
  def distill(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, targets_N1: Tensor, ids_NK: Tensor,
      log_prob_NK: Tensor, positions_N4: Tensor, kind: int, tail: int, on_support: bool, temper_student: bool,
      unit: bool, mix: float, alpha: float, scale: float, chunk: int, width: int, half: bool, given_CV: List[Tensor],
      memory: Tensor, weight_gradient_VD: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    rows = torch.size(hidden_ND, 0)
    entries = torch.size(ids_NK, 1)
    distilled = torch.gt(entries, 0)
    text_weight = torch.sub(1., alpha)
    bucket = torch.eq(tail, 1)
    on_classes = torch.__or__(bucket, on_support)
    second = torch.__and__(torch.__and__(distilled, temper_student), torch.__and__(torch.__not__(on_classes), torch.lt(kind, 6)))
    if half:
      factor_VD = torch.to(weight_VD, 15)
    else:
      factor_VD = weight_VD
    weights = torch.split(factor_VD, width, 0)
    weight_gradients = torch.split(weight_gradient_VD, width, 0)
    hidden_gradient_ND = torch.zeros_like(hidden_ND)
    lm = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    kd = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      h_CD = torch.slice(hidden_ND, 0, begin, end)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      positions_C4 = torch.slice(positions_N4, 0, begin, end)
      temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
      ids_CK = torch.to(torch.slice(ids_NK, 0, begin, end), 4)
      ids_CM = torch.cat([ids_CK, target_C1], 1)
      p = (self).tiles(memory, weights, torch.size(h_CD, 0), )
      tempered = annotate(List[Tensor], [])
      if second:
        tempered = (self).tiles(torch.slice(memory, 0, torch.mul(chunk, torch.size(weight_VD, 0))), weights, torch.size(h_CD, 0), )
      log_sums = annotate(List[Tensor], [])
      tempered_log_sums = annotate(List[Tensor], [])
      z_CM = (self).forward(h_CD, weights, half, given_CV, ids_CM, temperature_C1, p, log_sums, tempered, tempered_log_sums, )
      log_sum_C1 = (self).log_sum(log_sums, )
      target_z_C1 = torch.slice(z_CM, 1, entries)
      torch.add_(lm, torch.sum(torch.sub(log_sum_C1, target_z_C1), dtype=7))
      sparse_CM = torch.full_like(target_z_C1, torch.neg(text_weight))
      factor = annotate(List[Tensor], [])
      tempered_factor = annotate(List[Tensor], [])
      if distilled:
        weight_C1 = torch.slice(positions_C4, 1, 1, 2)
        log_q0 = (self).teacher(torch.slice(log_prob_NK, 0, begin, end), torch.slice(positions_C4, 1, 2, 3), torch.slice(positions_C4, 1, 3, 4), temperature_C1, kind, tail, )
        padded = torch.eq(log_q0, -inf)
        log_q = torch.masked_fill(log_q0, padded, 0.)
        z_CK = torch.slice(z_CM, 1, 0, entries)
        if temper_student:
          student_temperature_C1 = temperature_C1
        else:
          student_temperature_C1 = torch.ones_like(temperature_C1)
        if second:
          class_log_sum_C1 = (self).log_sum(tempered_log_sums, )
        else:
          class_log_sum_C1 = log_sum_C1
        real_CK = torch.logical_not(torch.slice(padded, 1, 0, entries))
        left_C1 = log_sum_C1
        if bucket:
          left_C1 = (self).take_out(ids_CK, real_CK, p, log_sums, log_sum_C1, )
        if torch.eq(kind, 6):
          loss_C1, slope = (self).logit_error(z_CK, log_sum_C1, left_C1, log_q, padded, student_temperature_C1, tail, )
        else:
          log_r = (self).student(z_CK, class_log_sum_C1, left_C1, padded, student_temperature_C1, tail, on_support, )
          loss_C1, slope0 = (self).divergence(kind, padded, log_q, log_r, mix, )
          if on_classes:
            slope = (self).normalised(slope0, log_r, padded, )
          else:
            slope = slope0
        torch.add_(kd, torch.sum(torch.mul(loss_C1, weight_C1), dtype=7))
        weighted = torch.div(torch.mul(slope, torch.mul(weight_C1, alpha)), student_temperature_C1)
        sparse_CK = torch.slice(weighted, 1, 0, entries)
        if bucket:
          rest_C1 = torch.div(torch.slice(weighted, 1, entries), torch.clamp_min(left_C1, 1e-30))
          torch.append(factor, torch.add(rest_C1, text_weight))
          p_CK = torch.mul(torch.exp(torch.sub(z_CK, log_sum_C1)), real_CK)
          sparse_CK = torch.add(sparse_CK, torch.mul(p_CK, text_weight))
        else:
          if torch.__not__(unit):
            common_C1 = torch.neg(torch.sum(weighted, [1], True))
            if torch.__or__(on_support, torch.eq(kind, 6)):
              torch.append(factor, torch.full_like(common_C1, text_weight))
            else:
              if second:
                torch.append(factor, torch.full_like(common_C1, text_weight))
                torch.append(tempered_factor, common_C1)
              else:
                torch.append(factor, torch.add(common_C1, text_weight))
        sparse_CM = torch.cat([sparse_CK, sparse_CM], 1)
      hidden_gradient_CD = torch.slice(hidden_gradient_ND, 0, begin, end)
      (self).backward_all(p, log_sums, log_sum_C1, factor, tempered, tempered_log_sums, tempered_factor, ids_CM, sparse_CM, h_CD, weights, half, scale, hidden_gradient_CD, weight_gradients, )
    torch.mul_(hidden_gradient_ND, scale)
    return (hidden_gradient_ND, lm, kd)
