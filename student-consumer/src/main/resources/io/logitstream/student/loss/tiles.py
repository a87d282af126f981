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

  # The largest size that a binary logit of these positions can have, tempered or not.
  def bound(self: __torch__.Kernels, h_ND: Tensor, weight_VD: Tensor, positions_N4: Tensor, temper: bool) -> Tensor:
    lengths_N = torch.linalg_vector_norm(h_ND, 2, [1])
    if temper:
      divisor_N = torch.clamp_max(torch.select(positions_N4, 1, 0), 1.)
    else:
      divisor_N = torch.ones_like(lengths_N)
    longest = torch.max(torch.linalg_vector_norm(weight_VD, 2, [1]))
    return torch.mul(torch.mul(torch.max(torch.div(lengths_N, divisor_N)), longest), 1.4426950408889634)

  # The tiles of a weight or its gradient. In half, in the type of the products, converted once for all chunks.
  def split(self: __torch__.Kernels, weight_VD: Tensor, width: int, half: bool) -> List[Tensor]:
    if half:
      factor_VD = torch.to(weight_VD, 15)
    else:
      factor_VD = weight_VD
    return torch.split(factor_VD, width, 0)

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

  # Binary logits, and their powers of two in place. Returns sums of powers, [C, 1] and [C, 0] or the same of the
  # tempered logits.
  # given: whether the logits are in the tiles already. shift_C1: what is taken from them, nothing when without columns.
  def forward(self: __torch__.Kernels, h_CD: Tensor, weights: List[Tensor], half: bool, given: bool, shift_C1: Tensor,
      positions_C4: Tensor, tiles: List[Tensor], tempered: List[Tensor]) -> List[Tensor]:
    temperature_C1 = torch.slice(positions_C4, 1, 0, 1)
    shifted = torch.gt(torch.size(shift_C1, 1), 0)
    sum_C1 = torch.zeros_like(torch.slice(h_CD, 1, 0, 1))
    tempered_sum_C1 = torch.zeros_like(torch.slice(h_CD, 1, 0, 1))
    for t in range(torch.len(weights)):
      z_CW = tiles[t]
      if torch.__not__(given):
        (self).logits(h_CD, weights[t], half, z_CW, )
      if shifted:
        torch.sub_(z_CW, shift_C1)
      if torch.gt(torch.len(tempered), 0):
        _0 = torch.div(z_CW, temperature_C1, out=tempered[t])
        torch.add_(tempered_sum_C1, torch.sum(torch.exp2_(tempered[t]), [1], True))
      torch.add_(sum_C1, torch.sum(torch.exp2_(z_CW), [1], True))
    if torch.eq(torch.len(tempered), 0):
      tempered_sum_C1 = torch.slice(tempered_sum_C1, 1, 0, 0)
    return [sum_C1, tempered_sum_C1]

  # The gradient of the logits back into the hidden states and the weight.
  # divisor_C1: what the tiles are multiples of the gradient by, nothing when without columns.
  def backward_all(self: __torch__.Kernels, tiles: List[Tensor], divisor_C1: Tensor, h_CD: Tensor,
      weights: List[Tensor], half: bool, scale: float, hidden_gradient_CD: Tensor,
      weight_gradients: List[Tensor]) -> None:
    multiple = torch.gt(torch.size(divisor_C1, 1), 0)
    if multiple:
      factor_CD = torch.div(h_CD, divisor_C1)
    else:
      factor_CD = h_CD
    for t in range(torch.len(tiles)):
      (self).backward(tiles[t], factor_CD, weights[t], half, scale, hidden_gradient_CD, weight_gradients[t], )
    if multiple:
      torch.div_(hidden_gradient_CD, divisor_C1)
    return None
