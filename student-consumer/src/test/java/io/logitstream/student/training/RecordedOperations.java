package io.logitstream.student.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.libtorch.HostTransfer;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operations of libtorch that some work calls, from libtorch's own profiler, and the values that it reads. What an
 * operation calls itself is not counted, unless it only consists of others.
 *
 * @param calls number of calls by name of the operation
 * @param reads number of times that values were read to the host
 */
record RecordedOperations(Map<String, Integer> calls, long reads) {
    /** Operations whose result the host needs, or whose result's shape depends on values: each waits for a GPU. */
    private static final Set<String> WAITING = Set.of(
            "aten::item",
            "aten::_local_scalar_dense",
            "aten::is_nonzero",
            "aten::equal",
            "aten::allclose",
            "aten::nonzero",
            "aten::masked_select",
            "aten::unique",
            "aten::_unique2",
            "aten::repeat_interleave",
            "aten::bincount");

    /** Operations that start nothing on a device by themselves: shapes, views, memory, and those made of others. */
    private static final Set<String> WITHOUT_LAUNCH = Set.of(
            "aten::_reshape_alias",
            "aten::_to_copy",
            "aten::_unsafe_view",
            "aten::alias",
            "aten::as_strided",
            "aten::chunk",
            "aten::contiguous",
            "aten::detach",
            "aten::detach_",
            "aten::empty",
            "aten::empty_like",
            "aten::empty_strided",
            "aten::expand",
            "aten::flatten",
            "aten::full_like",
            "aten::is_floating_point",
            "aten::isfinite",
            "aten::linear",
            "aten::matmul",
            "aten::narrow",
            "aten::new_empty_strided",
            "aten::numel",
            "aten::ones",
            "aten::ones_like",
            "aten::permute",
            "aten::reshape",
            "aten::resize_",
            "aten::resolve_conj",
            "aten::resolve_neg",
            "aten::result_type",
            "aten::scaled_dot_product_attention",
            "aten::select",
            "aten::slice",
            "aten::split",
            "aten::split_with_sizes",
            "aten::squeeze",
            "aten::squeeze_",
            "aten::stack",
            "aten::t",
            "aten::to",
            "aten::transpose",
            "aten::type_as",
            "aten::unsqueeze",
            "aten::view",
            "aten::view_as",
            "aten::view_as_complex",
            "aten::view_as_real",
            "aten::zeros",
            "aten::zeros_like");

    private record Event(String name, String thread, double begin, double end) {
        boolean isIn(Event other) {
            return thread.equals(other.thread) && begin >= other.begin && end <= other.end;
        }
    }

    /** Records what the calling thread does, and the backward passes that it starts. */
    static RecordedOperations of(Runnable work) {
        try {
            Path trace = Files.createTempFile("operations", ".json");
            try {
                long before = HostTransfer.reads();
                Torch.profile(trace, work);
                return new RecordedOperations(calls(events(trace)), HostTransfer.reads() - before);
            } finally {
                Files.delete(trace);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Event> events(Path trace) throws IOException {
        List<Event> events = new ArrayList<>();
        for (JsonNode event : new ObjectMapper().readTree(trace.toFile())) {
            double begin = event.get("ts").asDouble();
            events.add(new Event(
                    event.get("name").asText(),
                    event.get("tid").asText(),
                    begin,
                    begin + event.get("dur").asDouble()));
        }
        return events;
    }

    private static Map<String, Integer> calls(List<Event> events) {
        Map<String, Integer> calls = new TreeMap<>();
        Map<String, Event> outermost = new TreeMap<>();
        events.stream()
                .filter(event -> event.name().startsWith("aten::") && !WITHOUT_LAUNCH.contains(event.name()))
                .sorted(Comparator.comparingDouble(Event::begin).thenComparing(Event::end, Comparator.reverseOrder()))
                .forEach(event -> {
                    Event before = outermost.get(event.thread());
                    if (before == null || !event.isIn(before)) {
                        outermost.put(event.thread(), event);
                        calls.merge(event.name(), 1, Integer::sum);
                    }
                });
        return calls;
    }

    /** Calls that wait for a GPU between operations. */
    int waits() {
        return calls.entrySet().stream()
                .filter(call -> WAITING.contains(call.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** Calls that start work on a device. An operation that is not known here counts. */
    int launches() {
        return calls.values().stream().mapToInt(Integer::intValue).sum() - waits();
    }
}
