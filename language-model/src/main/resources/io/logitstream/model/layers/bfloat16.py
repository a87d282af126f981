class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Kernels of a model that holds its matrices in bfloat16 (type 15). Type 6 is float32. Values that a float32 model of
  # the same weights would compute in float32 are computed in float32 here, from converted weights.
  # Shapes: B rows, T positions, D hidden size, V vocabulary.

  def embedding_of_bfloat16(self: __torch__.Kernels, ids_BT: Tensor, weight_VD: Tensor) -> Tensor:
    return torch.to(torch.embedding(weight_VD, ids_BT), 6)

  def rows_of_bfloat16(self: __torch__.Kernels, weight: Tensor, begin: int, end: int) -> Tensor:
    return torch.slice(weight, 0, begin, end)

  # The output head in parts of at most 1048576 values, so that never all of it is in memory in float32.
  def logits_of_bfloat16(self: __torch__.Kernels, hidden: Tensor, weight_VD: Tensor) -> Tensor:
    parts = annotate(List[Tensor], [])
    vocabulary = torch.size(weight_VD, 0)
    rows = ops.prim.max(1, torch.floordiv(1048576, torch.size(weight_VD, 1)))
    count = torch.floordiv(torch.sub(torch.add(vocabulary, rows), 1), rows)
    for i in range(count):
      begin = torch.mul(i, rows)
      part = torch.to(torch.slice(weight_VD, 0, begin, torch.add(begin, rows)), 6)
      torch.append(parts, torch.linear(hidden, part, None))
    return torch.cat(parts, -1)
