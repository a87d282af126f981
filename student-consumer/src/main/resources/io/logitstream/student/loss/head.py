class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Entries of a chunk in the memory of its tiles, and the gradient of its logits. Shapes: C positions, K entries of the
  # padded supports, M = K + 1 entries with the text's next token as the last one, W vocabulary entries of a tile. The
  # tiles [C, W] follow each other in memory, a float32 vector.

  # Positions of the entries in memory. ids_CK int32, target_C1 int64; width: W, vocabulary: V. Returns int64 [C, M].
  def entries(self: __torch__.Kernels, ids_CK: Tensor, target_C1: Tensor, width: int, vocabulary: int) -> Tensor:
    ids_CM = torch.cat([torch.to(ids_CK, 4), target_C1], 1)
    count = torch.size(ids_CM, 0)
    row_C1 = torch.unsqueeze(torch.arange(count, dtype=4, layout=None, device=ops.prim.device(ids_CM)), 1)
    if torch.ge(width, vocabulary):
      entries_CM = torch.add(ids_CM, torch.mul(row_C1, vocabulary))
    else:
      first_CM = torch.mul(torch.div(ids_CM, width, rounding_mode="floor"), width)
      width_CM = torch.clamp_max(torch.sub(vocabulary, first_CM), width)
      before_CM = torch.add(torch.mul(first_CM, count), torch.mul(width_CM, row_C1))
      entries_CM = torch.add(before_CM, torch.sub(ids_CM, first_CM))
    return entries_CM

  # Natural logits of the entries, float32 [C, M]. powers: whether the tiles hold powers of two by now; their logarithm
  # has an error of about 1e-7, no more than any logit has.
  def logits_of(self: __torch__.Kernels, memory: Tensor, entries_CM: Tensor, powers: bool) -> Tensor:
    binary_CM = torch.take(memory, entries_CM)
    if powers:
      binary_CM = torch.log2(binary_CM)
    return torch.mul(binary_CM, 0.6931471805599453)

  # Sets the entries of the support in the tiles to zero. entries_CK int64, real_CK bool: false in padding, sum_C1: sum of
  # the tiles before. Returns the share of the mass that is left, float32 [C, 1].
  def take_out(self: __torch__.Kernels, memory: Tensor, entries_CK: Tensor, real_CK: Tensor, tiles: List[Tensor],
      sum_C1: Tensor) -> Tensor:
    taken_CK = torch.mul(torch.take(memory, entries_CK), real_CK)
    (self).add_at(memory, entries_CK, torch.neg(taken_CK), )
    rest_C1 = torch.zeros_like(sum_C1)
    for t in range(torch.len(tiles)):
      torch.add_(rest_C1, torch.sum(tiles[t], [1], True))
    return torch.div(rest_C1, sum_C1)

  # Adds values to the entries of memory; both have the same shape.
  def add_at(self: __torch__.Kernels, memory: Tensor, entries: Tensor, values: Tensor) -> None:
    torch.scatter_add_(memory, 0, torch.flatten(entries), torch.flatten(values))
    return None

  # Replaces the powers in the tiles with the gradient of the logits,
  #   factor_C1 * softmax + tempered_factor_C1 * tempered softmax + sparse_CM at the entries,
  # where a softmax is its tiles divided by their sum: tiles by sum_C1, tempered by tempered_sum_C1. Where factor_C1 is
  # [C, 0] it is 1, and the tiles become the gradient times sum_C1, which saves a pass over them.
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
