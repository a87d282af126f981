package io.logitstream.model.libtorch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Tensor functions that DJL does not offer (fused attention, in-place softmax, fused AdamW), written in TorchScript
 * as text resources, which libtorch compiles when they are loaded. Each resource holds one class {@code
 * Kernels(Module)}; the methods of several resources are merged. Safe for several threads.
 */
public final class TorchScript implements AutoCloseable {
    // libtorch keeps this setting by thread. Its optimizing executor compiles different code for the third call than
    // for the first; the two round differently, so that a resumed run would differ from an uninterrupted one.
    private static final ThreadLocal<Boolean> NOT_OPTIMIZED = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    /** Beginning of each resource, up to its first method. */
    private static final Pattern HEADER =
            Pattern.compile("\\Aclass Kernels\\(Module\\):\n(  __?\\w+__ = \\[\\]\n)*  training : bool\n");

    /**
     * Modules of this process. They have no state, so all users on a device share one: compiling the kernels of a model
     * takes longer than a step of a small one.
     */
    private static final Map<Source, PtSymbolBlock> COMPILED = new ConcurrentHashMap<>();

    private record Source(Device device, String text) {}

    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final Map<String, NDArray> methodMarkers = new ConcurrentHashMap<>();

    private TorchScript(PtNDManager manager, PtSymbolBlock module) {
        this.manager = manager;
        this.module = module;
    }

    /**
     * Compiles a script, unless this process has compiled it for the device before.
     *
     * @param parent scope on whose device the script runs; the script is closed with it
     * @param owner class in whose package the resources lie
     * @param resources file names of the resources
     * @return the compiled script
     */
    public static TorchScript load(NDManager parent, Class<?> owner, String... resources) {
        StringBuilder source = new StringBuilder();
        try {
            for (String resource : resources) {
                String part = read(owner, resource);
                source.append(source.length() == 0 ? part : HEADER.matcher(part).replaceFirst(""));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        PtSymbolBlock module =
                COMPILED.computeIfAbsent(new Source(parent.getDevice(), source.toString()), TorchScript::compile);
        return new TorchScript((PtNDManager) parent.newSubManager(), module);
    }

    private static PtSymbolBlock compile(Source source) {
        try {
            byte[] archive = TorchScriptArchive.of("Kernels", source.text());
            return JniUtils.loadModule(
                    (PtNDManager) NDManager.newBaseManager(source.device()),
                    new ByteArrayInputStream(archive),
                    false,
                    false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Class<?> owner, String resource) throws IOException {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource " + resource + " beside " + owner.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * Calls a method that returns one tensor. Records it for the backward pass if the calling thread records.
     *
     * @param method name of the method
     * @param inputs its arguments, all tensors
     * @return the result, owned by the scope of the first input
     */
    public NDArray call(String method, NDArray... inputs) {
        return callForAll(method, inputs).get(0);
    }

    /** As {@link #call}, for a method that returns several tensors. */
    public NDList callForAll(String method, NDArray... inputs) {
        dontOptimize();
        NDList list = new NDList(inputs);
        list.add(methodMarkers.computeIfAbsent(method, this::marker));
        return IValueUtils.forward(module, list, true);
    }

    /**
     * Runs a method in inference mode: nothing is recorded, and tensors may be changed in place.
     *
     * @param scope owner of the results
     * @param method name of the method
     * @param arguments each an {@link NDArray}, a list of {@link NDArray}, Long, Double, Boolean or String
     * @return the returned tensors; empty if the method returns none
     */
    public NDList run(NDManager scope, String method, Object... arguments) {
        dontOptimize();
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = value(arguments[i]);
            }
            try (IValue result = IValueUtils.runMethod(module, method, values)) {
                return result.isTensor() || result.isTuple() || result.isTensorList()
                        ? result.toNDList((PtNDManager) scope)
                        : new NDList();
            }
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    /** Makes the calling thread run TorchScript without optimizing it. */
    public static void dontOptimize() {
        NOT_OPTIMIZED.get();
    }

    private static IValue value(Object argument) {
        if (argument instanceof NDArray array) {
            return IValue.from((PtNDArray) array);
        } else if (argument instanceof List<?> list) {
            return IValue.listFrom(list.toArray(PtNDArray[]::new));
        } else if (argument instanceof Long number) {
            return IValue.from(number.longValue());
        } else if (argument instanceof Double number) {
            return IValue.from(number.doubleValue());
        } else if (argument instanceof Boolean flag) {
            return IValue.from(flag.booleanValue());
        } else if (argument instanceof String text) {
            return IValue.from(text);
        }
        throw new IllegalArgumentException("no TorchScript value for " + argument);
    }

    // DJL takes the method to run from the name of a tensor among the inputs, which it does not pass on.
    private NDArray marker(String method) {
        NDArray marker = manager.create(0f);
        marker.setName("module_method:" + method);
        return marker;
    }

    @Override
    public void close() {
        manager.close();
    }
}
