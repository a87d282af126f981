class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Matrix products of the output weight, tile by tile. Shapes: N positions of the batch, C of the chunk, D hidden size,
  # V vocabulary, W vocabulary entries of a tile. A binary logit is a logit times log2(e): its power of two is the
  # exponential of the logit.
  # half: products of bfloat16 operands (type 15), each added up in float32; weights may be given in either type.

  # Logits of a tile. h_CD float32, weight_WD. Writes z_CW float32.
  def logits(self: __torch__.Kernels, h_CD: Tensor, weight_WD: Tensor, half: bool, z_CW: Tensor) -> None:
    if half:
      torch.copy_(z_CW, torch.mm(torch.to(h_CD, 15), torch.t(torch.to(weight_WD, 15))))
    else:
      _0 = torch.mm(h_CD, torch.t(weight_WD), out=z_CW)
    return None

  # Gradient of a tile's logits, gradient_CW float32, taken back. Adds to hidden_gradient_CD float32, and times scale to
  # weight_gradient_WD float32.
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

  # Tiles [count, W] as views of memory, a float32 vector, from element first on; weights: the tiles [W, D] of the weight.
  # The memory is reused because fresh pages would cost as much as a softmax.
  def tiles(self: __torch__.Kernels, memory: Tensor, weights: List[Tensor], first: int, count: int) -> List[Tensor]:
    tiles = annotate(List[Tensor], [])
    for t in range(torch.len(weights)):
      columns = torch.size(weights[t], 0)
      end = torch.add(first, torch.mul(count, columns))
      torch.append(tiles, torch.view(torch.slice(memory, 0, first, end), [count, columns]))
      first = end
    return tiles

  def binary(self: __torch__.Kernels, h_CD: Tensor) -> Tensor:
    return torch.mul(h_CD, 1.4426950408889634)

  def scale_(self: __torch__.Kernels, x: Tensor, factor: float) -> None:
    torch.mul_(x, factor)
    return None

  # Upper bound of the absolute binary logits of a batch, a scalar: the largest norm of hidden states h_ND times that of
  # weights weight_VD (Cauchy-Schwarz). temper: also of the logits divided by the temperatures in positions_N4.
  def bound(self: __torch__.Kernels, h_ND: Tensor, weight_VD: Tensor, positions_N4: Tensor, temper: bool) -> Tensor:
    lengths_N = torch.linalg_vector_norm(h_ND, 2, [1])
    if temper:
      divisor_N = torch.clamp_max(torch.select(positions_N4, 1, 0), 1.)
    else:
      divisor_N = torch.ones_like(lengths_N)
    longest = torch.max(torch.linalg_vector_norm(weight_VD, 2, [1]))
    return torch.mul(torch.mul(torch.max(torch.div(lengths_N, divisor_N)), longest), 1.4426950408889634)

  # Tiles [W, D] of a weight or its gradient, weight_VD: views, or with half copies in bfloat16, converted once for all
  # chunks. width: W.
  def split(self: __torch__.Kernels, weight_VD: Tensor, width: int, half: bool) -> List[Tensor]:
    if half:
      factor_VD = torch.to(weight_VD, 15)
    else:
      factor_VD = weight_VD
    return torch.split(factor_VD, width, 0)

  # Writes binary logits into the tiles [C, W] of one lane. h_CD: hidden states times log2(e).
  # Returns the largest logit of each position [C, 1], or [C, 0] where largest is false.
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

  # Writes natural logits into the columns of z_CV from first on, from one lane's tiles of binary logits.
  def show(self: __torch__.Kernels, tiles: List[Tensor], first: int, z_CV: Tensor) -> None:
    for t in range(torch.len(tiles)):
      end = torch.add(first, torch.size(tiles[t], 1))
      _0 = torch.mul(tiles[t], 0.6931471805599453, out=torch.slice(z_CV, 1, first, end))
      first = end
    return None

  # Replaces binary logits in one lane's tiles with their powers of two, and writes those of the tempered logits into
  # tempered, which is empty where there are none.
  # given: whether the logits are in the tiles already; otherwise they are computed here. shift_C1: subtracted from them;
  # nothing where it is [C, 0]. positions_C4: the first column is the temperature.
  # Returns the sums of the tiles over the lane's columns [C, 1], and those of tempered, or [C, 0].
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

  # Takes the gradient of one lane's logits, in tiles [C, W], back: adds to hidden_gradient_CD and to weight_gradients
  # [W, D]. divisor_C1: number by which the tiles are multiples of the gradient; 1 where it is [C, 0].
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
