package io.logitstream.embedded.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Maps the paths of Confluent's HTTP interface to operations of the registry. Answers are objects that Jackson
 * serializes. A request that is refused ends with a {@link RegistryException}.
 */
final class RegistryRoutes {

    /** A schema that is the complete answer, without quotes. */
    record RawSchema(@JsonValue @JsonRawValue String schema) {}

    record UsedBy(String subject, int version) {}

    record Compatible(@JsonProperty("is_compatible") boolean compatible, List<String> messages) {}

    private static final Map<String, String> MODE = Map.of("mode", "READWRITE");

    private final SubjectRegistry registry;

    RegistryRoutes(SubjectRegistry registry) {
        this.registry = registry;
    }

    Object answer(RegistryRequest request) {
        List<String> path = request.path();
        if (path.isEmpty()) {
            return get(request, Map::of);
        }
        return switch (path.get(0)) {
            case "subjects" -> subjects(request, path);
            case "schemas" -> schemas(request, path);
            case "config" -> config(request, path);
            case "compatibility" -> compatibility(request, path);
            case "mode" -> mode(request, path);
            default -> throw unknown(request);
        };
    }

    private Object subjects(RegistryRequest request, List<String> path) {
        boolean deleted = request.flag("deleted");
        if (path.size() == 1) {
            return get(request, () -> subjects(request.query().getOrDefault("subjectPrefix", ""), deleted));
        }
        String subject = path.get(1);
        if (path.size() == 2) {
            return switch (request.method()) {
                case "POST" -> registry.lookUp(subject, request.schema(), deleted);
                case "DELETE" -> registry.deleteSubject(subject, request.flag("permanent"));
                default -> throw notAllowed(request);
            };
        }
        if (!path.get(2).equals("versions")) {
            throw unknown(request);
        }
        return switch (path.size()) {
            case 3 ->
                switch (request.method()) {
                    case "GET" -> registry.versionNumbers(subject, deleted);
                    case "POST" -> Map.of("id", registry.register(subject, request.schema()));
                    default -> throw notAllowed(request);
                };
            case 4 ->
                switch (request.method()) {
                    case "GET" -> registry.version(subject, SubjectVersion.parse(path.get(3)), deleted);
                    case "DELETE" ->
                        registry.deleteVersion(subject, SubjectVersion.parse(path.get(3)), request.flag("permanent"));
                    default -> throw notAllowed(request);
                };
            case 5 -> {
                require(path.get(4).equals("schema"), request);
                yield get(
                        request,
                        () -> new RawSchema(registry.version(subject, SubjectVersion.parse(path.get(3)), deleted)
                                .schema()));
            }
            default -> throw unknown(request);
        };
    }

    private List<String> subjects(String prefix, boolean deleted) {
        // ":*:" stands for every schema context. This registry has only the default context.
        String name = prefix.startsWith(":*:") ? prefix.substring(3) : prefix;
        return registry.subjects(deleted).stream()
                .filter(subject -> subject.startsWith(name))
                .toList();
    }

    private Object schemas(RegistryRequest request, List<String> path) {
        if (path.size() == 2 && path.get(1).equals("types")) {
            return get(request, () -> List.of("AVRO"));
        }
        require((path.size() == 3 || path.size() == 4) && path.get(1).equals("ids"), request);
        require(path.get(2).matches("\\d{1,9}"), request);
        int id = Integer.parseInt(path.get(2));
        boolean deleted = request.flag("deleted");
        return get(request, () -> switch (path.size() == 3 ? "" : path.get(3)) {
            case "" -> Map.of("schema", registry.schema(id));
            case "schema" -> new RawSchema(registry.schema(id));
            case "subjects" ->
                registry.uses(id, deleted).stream()
                        .map(use -> use.subject())
                        .distinct()
                        .toList();
            case "versions" ->
                registry.uses(id, deleted).stream()
                        .map(use -> new UsedBy(use.subject(), use.version()))
                        .toList();
            default -> throw unknown(request);
        });
    }

    private Object config(RegistryRequest request, List<String> path) {
        require(path.size() <= 2, request);
        String subject = path.size() == 1 ? null : path.get(1);
        switch (request.method()) {
            case "GET" -> {
                if (subject != null && registry.ownLevel(subject).isEmpty() && !request.flag("defaultToGlobal")) {
                    throw new RegistryException(
                            RegistryException.SUBJECT_LEVEL_NOT_FOUND,
                            "Subject '" + subject + "' has no compatibility level of its own");
                }
                return level(registry.level(subject));
            }
            case "PUT" -> {
                CompatibilityLevel level = request.compatibility();
                registry.setLevel(subject, level);
                return Map.of("compatibility", level);
            }
            case "DELETE" -> {
                CompatibilityLevel before = registry.level(subject);
                if (subject != null && registry.ownLevel(subject).isEmpty()) {
                    throw RegistryException.subjectNotFound(subject);
                }
                registry.setLevel(subject, null);
                return level(before);
            }
            default -> throw notAllowed(request);
        }
    }

    private static Map<String, CompatibilityLevel> level(CompatibilityLevel level) {
        return Map.of("compatibilityLevel", level);
    }

    private Object compatibility(RegistryRequest request, List<String> path) {
        require(
                (path.size() == 4 || path.size() == 5)
                        && path.get(1).equals("subjects")
                        && path.get(3).equals("versions"),
                request);
        if (!request.method().equals("POST")) {
            throw notAllowed(request);
        }
        String subject = path.get(2);
        List<String> problems = path.size() == 4
                ? registry.problems(subject, request.schema())
                : registry.problems(subject, SubjectVersion.parse(path.get(4)), request.schema());
        return request.flag("verbose")
                ? new Compatible(problems.isEmpty(), problems)
                : Map.of("is_compatible", problems.isEmpty());
    }

    private static Object mode(RegistryRequest request, List<String> path) {
        require(path.size() <= 2, request);
        return get(request, () -> {
            if (path.size() == 2 && !request.flag("defaultToGlobal")) {
                throw new RegistryException(
                        RegistryException.SUBJECT_MODE_NOT_FOUND,
                        "Subject '" + path.get(1) + "' has no mode of its own");
            }
            return MODE;
        });
    }

    private static Object get(RegistryRequest request, Supplier<Object> answer) {
        if (!request.method().equals("GET")) {
            throw notAllowed(request);
        }
        return answer.get();
    }

    private static void require(boolean known, RegistryRequest request) {
        if (!known) {
            throw unknown(request);
        }
    }

    private static RegistryException unknown(RegistryRequest request) {
        return new RegistryException(
                RegistryException.NOT_FOUND, "There is nothing at /" + String.join("/", request.path()));
    }

    private static RegistryException notAllowed(RegistryRequest request) {
        return new RegistryException(
                RegistryException.METHOD_NOT_ALLOWED,
                request.method() + " is not possible at /" + String.join("/", request.path()));
    }
}
