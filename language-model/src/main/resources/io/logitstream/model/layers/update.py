class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The end of a training step whose losses and norm the host has not read yet.

  def count(self: __torch__.Kernels, steps: Tensor) -> None:
    torch.add_(steps, 1)
    return None

  # Sets halted, a float32 scalar, to 1 if a loss or the norm is not finite. It stays 1, so that all later updates are
  # left out too. losses: for each batch the losses of its chunks, float64 [3 c]: that of the text, that of distillation,
  # which counts with distillation only, and a part of the first. norm: float32 scalar.
  # Returns all losses and the norm, float64.
  def halt(self: __torch__.Kernels, losses: List[Tensor], norm: Tensor, distillation: bool, halted: Tensor) -> Tensor:
    all_X = torch.cat(losses)
    checked = 1
    if distillation:
      checked = 2
    checked_X = torch.slice(torch.view(all_X, [-1, 3]), 1, 0, checked)
    finite = torch.logical_and(torch.all(torch.isfinite(checked_X)), torch.isfinite(norm))
    torch.copy_(halted, torch.maximum(halted, torch.type_as(torch.logical_not(finite), halted)))
    return torch.cat([all_X, torch.view(torch.to(norm, 7), [1])])

  # adamw of decoder.py, which changes nothing where halted is 1.
  def adamw_unless_halted(self: __torch__.Kernels, weights: List[Tensor], gradients: List[Tensor], means: List[Tensor],
      variances: List[Tensor], steps: List[Tensor], learning_rate: float, beta1: float, beta2: float,
      epsilon: float, weight_decay: float, gradient_divisor: Tensor, halted: Tensor) -> None:
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(weights, gradients, means, variances, none, steps, lr=learning_rate, beta1=beta1,
        beta2=beta2, weight_decay=weight_decay, eps=epsilon, amsgrad=False, maximize=False,
        grad_scale=gradient_divisor, found_inf=halted)
    return None
