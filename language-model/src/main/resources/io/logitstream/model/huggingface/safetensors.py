class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Type 15 is bfloat16 (c10::ScalarType), which DJL cannot create.
  def empty_bfloat16(self: __torch__.Kernels, rows: int, columns: int) -> Tensor:
    return torch.empty([rows, columns], dtype=15, layout=None, device=None, pin_memory=None, memory_format=None)

  def bfloat16_on_device_of(self: __torch__.Kernels, values: Tensor, like: Tensor) -> Tensor:
    return torch.to(values, ops.prim.device(like), 15, False, True)

  # Maps the file in pieces of 8388608 values and unmaps each before the next, because mapped pages count as memory of
  # this process. first is the index of the first value, counted in values of its type from the beginning of the file.
  def read(self: __torch__.Kernels, target: Tensor, path: str, first: int, dtype: int) -> None:
    flat = torch.view(target, [-1])
    values = torch.numel(target)
    piece = 8388608
    pieces = torch.floordiv(torch.sub(torch.add(values, piece), 1), piece)
    for i in range(pieces):
      begin = torch.mul(i, piece)
      end = ops.prim.min(torch.add(begin, piece), values)
      mapped = torch.from_file(path, False, torch.add(first, end), dtype=dtype)
      torch.copy_(torch.slice(flat, 0, begin, end), torch.slice(mapped, 0, torch.add(first, begin)))
    return None
