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

  # The largest size that a binary logit of these positions can have, tempered or not.
  def bound(self: __torch__.Kernels, h_ND: Tensor, weight_VD: Tensor, positions_N4: Tensor, temper: bool) -> Tensor:
    lengths_N = torch.linalg_vector_norm(h_ND, 2, [1])
    if temper:
      divisor_N = torch.clamp_max(torch.select(positions_N4, 1, 0), 1.)
    else:
      divisor_N = torch.ones_like(lengths_N)
    largest = torch.mul(torch.max(torch.div(lengths_N, divisor_N)), torch.max(torch.linalg_vector_norm(weight_VD, 2, [1])))
    return torch.mul(largest, 1.4426950408889634)

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

  # Binary logits into the tiles; returns the largest of each position, without columns when it is not asked for.
  def products(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, tiles: List[Tensor],
      largest: bool) -> Tensor:
    found = annotate(List[Tensor], [])
    for t in range(torch.len(weights)):
      (self).logits(h_CD, weights[t], half, tiles[t], )
      if largest:
        torch.append(found, torch.amax(tiles[t], [1], True))
    if largest:
      largest_C1 = torch.amax(torch.cat(found, 1), [1], True)
    else:
      largest_C1 = torch.slice(h_CD, 1, 0, 0)
    return largest_C1

  # From the tiles that begin at column first the logits into all of them.
  def show(self: __torch__.Kernels, tiles: List[Tensor], first: int, z_CV: Tensor) -> None:
    for t in range(torch.len(tiles)):
      end = torch.add(first, torch.size(tiles[t], 1))
      _0 = torch.mul(tiles[t], 0.6931471805599453, out=torch.slice(z_CV, 1, first, end))
      first = end
    return None

  # Binary logits of tiles that begin at column first, and their powers of two in place. Returns the logits of the
  # entries, zero for those of other tiles, and sums of powers, [C, 1] and [C, 0] or the same of the tempered logits.
  # given: whether the logits are in the tiles already. shift_C1: what is taken from them, nothing when without columns.
  def forward(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, given: bool, shift_C1: Tensor,
      ids_CM: Tensor, positions_C4: Tensor, tiles: List[Tensor], tempered: List[Tensor], first: int) -> List[Tensor]:
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    shifted = torch.gt(torch.size(shift_C1, 1), 0)
    z_CM = torch.zeros_like(ids_CM, dtype=6)
    sum_C1 = torch.zeros_like(torch.slice(h_CD, 1, 0, 1))
    tempered_sum_C1 = torch.zeros_like(torch.slice(h_CD, 1, 0, 1))
    for t in range(torch.len(weights)):
      z_CW = tiles[t]
      width = torch.size(z_CW, 1)
      if torch.__not__(given):
        (self).logits(h_CD, weights[t], half, z_CW, )
      column_CM, inside_CM = (self).columns(ids_CM, first, width, )
      z_CM = torch.where(inside_CM, torch.gather(z_CW, 1, column_CM), z_CM)
      if shifted:
        torch.sub_(z_CW, shift_C1)
      if torch.gt(torch.len(tempered), 0):
        _0 = torch.div(z_CW, temperature_C1, out=tempered[t])
        torch.add_(tempered_sum_C1, torch.sum(torch.exp2_(tempered[t]), [1], True))
      torch.add_(sum_C1, torch.sum(torch.exp2_(z_CW), [1], True))
      first = torch.add(first, width)
    if torch.eq(torch.len(tempered), 0):
      tempered_sum_C1 = torch.slice(tempered_sum_C1, 1, 0, 0)
    return [torch.mul(z_CM, 0.6931471805599453), sum_C1, tempered_sum_C1]

  # Takes the entries out of the tiles; returns what is left of the mass.
  def take_out(self: __torch__.Kernels, ids_CK: Tensor, real_CK: Tensor, tiles: List[Tensor], sum_C1: Tensor) -> Tensor:
    rest_C1 = torch.zeros_like(sum_C1)
    first = 0
    for t in range(torch.len(tiles)):
      column_CK, inside_CK = (self).columns(ids_CK, first, torch.size(tiles[t], 1), )
      taken_CK = torch.mul(torch.gather(tiles[t], 1, column_CK), torch.logical_and(inside_CK, real_CK))
      torch.scatter_add_(tiles[t], 1, column_CK, torch.neg(taken_CK))
      torch.add_(rest_C1, torch.sum(tiles[t], [1], True))
      first = torch.add(first, torch.size(tiles[t], 1))
    return torch.div(rest_C1, sum_C1)

  # The gradient of the logits of tiles that begin at column first, factor_C1 * softmax + tempered_factor_C1 * tempered
  # softmax + that of the entries, goes back into the hidden states and the weight. Without columns a factor is 1, the
  # tiles stay multiples of the softmax, and what they are multiplied with is divided by their sums instead.
  def backward_all(self: __torch__.Kernels, tiles: List[Tensor], sum_C1: Tensor, factor_C1: Tensor,
      tempered: List[Tensor], tempered_sum_C1: Tensor, tempered_factor_C1: Tensor, ids_CM: Tensor, sparse_CM: Tensor,
      h_CD: Tensor, weights: List[Tensor], half: bool, scale: float, hidden_gradient_CD: Tensor,
      weight_gradients: List[Tensor], first: int) -> None:
    plain = torch.eq(torch.size(factor_C1, 1), 0)
    if plain:
      entry_CM = torch.mul(sparse_CM, sum_C1)
      factor_h_CD = torch.div(h_CD, sum_C1)
    else:
      entry_CM = sparse_CM
      factor_h_CD = h_CD
    for t in range(torch.len(tiles)):
      if torch.__not__(plain):
        torch.mul_(tiles[t], torch.div(factor_C1, sum_C1))
      if torch.gt(torch.len(tempered), 0):
        torch.addcmul_(tiles[t], tempered[t], torch.div(tempered_factor_C1, tempered_sum_C1), value=1)
      column_CM, inside_CM = (self).columns(ids_CM, first, torch.size(tiles[t], 1), )
      torch.scatter_add_(tiles[t], 1, column_CM, torch.mul(entry_CM, inside_CM))
      (self).backward(tiles[t], factor_h_CD, weights[t], half, scale, hidden_gradient_CD, weight_gradients[t], )
      first = torch.add(first, torch.size(tiles[t], 1))
    if plain:
      torch.div_(hidden_gradient_CD, sum_C1)
    return None

  def total(self: __torch__.Kernels, parts: List[Tensor]) -> Tensor:
    total = parts[0]
    for i in range(1, torch.len(parts)):
      total = torch.add(total, parts[i])
    return total

  # Losses of a chunk, from the logits of the entries and the sums of powers that each thread has found. Returns the sums
  # of both losses, the sums over the vocabulary, plain and tempered, the gradient of the entries, and the factors of both
  # softmaxes, without columns where there is none. tiles: all of them, out of which a bucket takes the entries.
  def losses(self: __torch__.Kernels, z_CM: List[Tensor], sums: List[Tensor], tempered_sums: List[Tensor],
      shift_C1: Tensor, tiles: List[Tensor], ids_CM: Tensor, log_prob_CK: Tensor, positions_C4: Tensor, kind: int,
      tail: int, on_support: bool, temper_student: bool, unit: bool, mix: float, alpha: float) -> List[Tensor]:
    sum_C1 = (self).total(sums, )
    tempered_sum_C1 = (self).total(tempered_sums, )
    all_z_CM = (self).total(z_CM, )
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
        left_C1 = (self).take_out(ids_CK, real_CK, tiles, sum_C1, )
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
