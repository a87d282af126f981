class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Copies between host and device that are queued like any other operation. They need page-locked memory of the host,
  # which libtorch keeps and reuses; it waits with the reuse until the copy has been done.

  # A copy of host values on the device of another tensor.
  def to_device(self: __torch__.Kernels, values: Tensor, like: Tensor) -> Tensor:
    return torch.to(torch.pin_memory(values), ops.prim.device(like), ops.prim.dtype(values), True, False)

  # A copy of float64 values [X] on the host, and a number [1] that becomes 1 after it. The device does both in this
  # order, so that the host can see by the number whether the values are there. On a CPU both are.
  def to_host(self: __torch__.Kernels, values: Tensor) -> Tuple[Tensor, Tensor]:
    done = torch.ones([1], dtype=7, layout=None, device=ops.prim.device(values), pin_memory=None)
    if ops.prim.is_cuda(values):
      cpu = torch.device("cpu")
      there = torch.pin_memory(torch.zeros(torch.size(values), dtype=7, layout=None, device=cpu, pin_memory=None))
      arrived = torch.pin_memory(torch.zeros([1], dtype=7, layout=None, device=cpu, pin_memory=None))
      torch.copy_(there, values, True)
      torch.copy_(arrived, done, True)
    else:
      there = values
      arrived = done
    return (there, arrived)
