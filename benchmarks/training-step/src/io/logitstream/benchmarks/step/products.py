class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def products(self: __torch__.Kernels, x_ND: Tensor, weight_FD: Tensor, y_NF: Tensor, gradient_ND: Tensor,
      weight_gradient_FD: Tensor) -> None:
    _0 = torch.mm(x_ND, torch.t(weight_FD), out=y_NF)
    _1 = torch.mm(y_NF, weight_FD, out=gradient_ND)
    torch.addmm_(weight_gradient_FD, torch.t(y_NF), x_ND, beta=1, alpha=1.)
    return None
