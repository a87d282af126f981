package io.logitstream.model.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) with weight decay on matrices only, and gradient clipping by the
 * global norm (Pascanu et al. 2013, section 3.2). Fused kernels update weights, moments and gradients in place. Not
 * safe for several threads.
 */
public final class AdamW implements AutoCloseable {
    /**
     * Settings of the optimizer. The defaults are those of the configuration.
     *
     * @param beta1 decay of the mean of the gradients, 0.9 by default
     * @param beta2 decay of their variance, 0.95 by default
     * @param epsilon added to the square root of the variance, 1e-8 by default
     * @param weightDecay decay of matrices in a step, multiplied by the learning rate; 0.1 by default
     * @param maxGradientNorm global norm that gradients are scaled down to, 1 by default
     */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay, double maxGradientNorm) {}

    private static final class Group {
        final List<NDArray> weights = new ArrayList<>();
        final List<NDArray> gradients = new ArrayList<>();
        final List<NDArray> means = new ArrayList<>();
        final List<NDArray> variances = new ArrayList<>();
        final List<NDArray> steps = new ArrayList<>();
    }

    private final NDManager manager;
    private final TorchScript kernels;
    private final Settings settings;
    private final NDArray step;
    private final NDArray halted;
    private long steps;
    private final Group decayed = new Group();
    private final Group plain = new Group();
    private final List<NDArray> allGradients = new ArrayList<>();
    private final Map<String, NDArray> gradients = new LinkedHashMap<>();
    private final Map<String, NDArray> state = new LinkedHashMap<>();

    /**
     * An optimizer of all weights of a model, which gather gradients from now on. It allocates three tensors of the
     * size of each weight: gradient, mean and variance.
     *
     * @param model model to train
     * @param settings settings
     */
    public AdamW(LanguageModel model, Settings settings) {
        this.manager = model.newScope();
        this.kernels = model.kernels();
        this.settings = settings;
        this.step = manager.zeros(new Shape());
        this.halted = manager.zeros(new Shape());
        model.weights().forEach(this::add);
    }

    private void add(String name, NDArray weight) {
        Group group = weight.getShape().dimension() >= 2 ? decayed : plain;
        NDArray gradient = attachGradient(weight);
        NDArray mean = manager.zeros(weight.getShape());
        NDArray variance = manager.zeros(weight.getShape());
        group.weights.add(weight);
        group.gradients.add(gradient);
        group.means.add(mean);
        group.variances.add(variance);
        group.steps.add(step);
        allGradients.add(gradient);
        gradients.put(name, gradient);
        state.put(name + ".mean", mean);
        state.put(name + ".variance", variance);
    }

    // A backward pass gives the weight its gradient tensor. Later passes add to the same tensor, so that this handle
    // stays valid.
    private NDArray attachGradient(NDArray weight) {
        boolean recording = JniUtils.isGradMode();
        Torch.recordGradients(true);
        try (NDManager scope = manager.newSubManager()) {
            weight.setRequiresGradient(true);
            NDArray once = scope.create(1f).mul(weight);
            JniUtils.backward((PtNDArray) once, (PtNDArray) scope.zeros(weight.getShape()), false, false);
        } finally {
            Torch.recordGradients(recording);
        }
        NDArray gradient = JniUtils.getGradient((PtNDArray) weight);
        gradient.attach(manager);
        return gradient;
    }

    /**
     * The gathered gradient of a weight, to which a backward pass adds in place.
     *
     * @param name Hugging Face name of the weight
     * @return tensor of the weight's shape, owned by the optimizer; null for an unknown name
     */
    public NDArray gradient(String name) {
        return gradients.get(name);
    }

    /** Sets all gradients to zero. */
    public void zeroGradients() {
        kernels.run(manager, "zero", allGradients);
    }

    /**
     * Global norm: the square root of the sum of squares of all gradients.
     *
     * @param scope owner of the result
     * @return a scalar tensor on the device; reading it waits for the GPU
     */
    public NDArray gradientNorm(NDManager scope) {
        return kernels.run(scope, "global_norm", allGradients).get(0);
    }

    /**
     * Clips the gradients and updates the weights.
     *
     * @param gradientNorm global norm of the gradients, from {@link #gradientNorm}
     * @param learningRate learning rate of this step
     */
    public void step(NDArray gradientNorm, double learningRate) {
        step("adamw", gradientNorm, learningRate);
    }

    /**
     * As {@link #step}, for a step whose losses the host has not read. The device itself leaves the update out if a loss
     * or the norm is not finite, and then all later ones, since the host learns of it after it has queued further steps.
     *
     * @param scope owner of the result
     * @param losses for each batch float64 [3 c]: c times the loss of the text, that of distillation and a part of the
     *     first
     * @param distillation whether the second loss counts
     * @return all losses and the norm, float64, on the device
     */
    public NDArray stepIfFinite(
            NDManager scope, List<NDArray> losses, boolean distillation, NDArray gradientNorm, double learningRate) {
        NDArray values = kernels.run(scope, "halt", losses, gradientNorm, distillation, halted)
                .get(0);
        step("adamw_unless_halted", gradientNorm, learningRate, halted);
        return values;
    }

    private void step(String kernel, NDArray gradientNorm, double learningRate, NDArray... more) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray divisor = kernels.run(scope, "clip_divisor", gradientNorm, settings.maxGradientNorm)
                    .get(0);
            kernels.run(scope, "count", step);
            steps++;
            update(kernel, decayed, settings.weightDecay, learningRate, divisor, more);
            update(kernel, plain, 0, learningRate, divisor, more);
        }
    }

    private void update(
            String kernel, Group group, double weightDecay, double learningRate, NDArray divisor, NDArray... more) {
        if (group.weights.isEmpty()) {
            return;
        }
        List<Object> arguments = new ArrayList<>(List.of(
                group.weights,
                group.gradients,
                group.means,
                group.variances,
                group.steps,
                learningRate,
                settings.beta1,
                settings.beta2,
                settings.epsilon,
                weightDecay));
        arguments.add(divisor);
        arguments.addAll(List.of(more));
        kernels.run(manager, kernel, arguments.toArray());
    }

    /** Number of steps taken, counted by the host. */
    public long steps() {
        return steps;
    }

    /** Moments of all weights as {@code NAME.mean} and {@code NAME.variance}, for a checkpoint. */
    public Map<String, NDArray> state() {
        return state;
    }

    /**
     * Restores saved moments.
     *
     * @param saved file written from {@link #state}
     * @param steps number of steps when it was saved
     * @throws ModelException if a moment is missing or has another shape; the moments are then unchanged
     */
    public void restore(SafeTensors saved, long steps) {
        try (NDManager scope = manager.newSubManager()) {
            state.forEach((name, tensor) -> saved.requireShape(name, tensor.getShape()));
            // Copied by libtorch, because NDArray.set creates a tensor over memory that the garbage collector may free.
            state.forEach((name, tensor) ->
                    kernels.run(scope, "copy", tensor, saved.read(scope, name, tensor.getDataType())));
            kernels.run(scope, "copy", step, scope.create((float) steps));
            this.steps = steps;
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
