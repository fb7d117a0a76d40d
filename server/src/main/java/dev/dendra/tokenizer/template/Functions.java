// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.time.Clock;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template may call. */
final class Functions {
    private final Clock clock;
    private final Budget budget;

    Functions(Clock clock, Budget budget) {
        this.clock = clock;
        this.budget = budget;
    }

    /** Functions by name. */
    Map<String, Object> byName() {
        return Map.of(
                "raise_exception", (Callable) Functions::raise,
                "namespace", (Callable) this::namespace,
                "dict", (Callable) this::dict,
                "range", (Callable) this::range,
                "strftime_now", (Callable) this::now);
    }

    private static Object raise(Arguments arguments) {
        throw new TemplateException(TemplateException.Kind.RAISED, arguments.text(0, "message"));
    }

    private Object namespace(Arguments arguments) {
        Namespace namespace = new Namespace();
        Values.map(dict(arguments)).forEach((name, value) -> namespace.set(Values.text(name), value));
        return namespace;
    }

    private Object dict(Arguments arguments) {
        Map<Object, Object> result = new LinkedHashMap<>();
        if (arguments.get(0, "", None.NONE) instanceof Map<?, ?> map) {
            budget.steps(map.size());
            result.putAll(map);
        }
        result.putAll(arguments.named());
        return result;
    }

    private Object range(Arguments arguments) {
        boolean one = arguments.positional().size() < 2;
        long start = one ? 0 : Values.integral(arguments.require(0, "start"));
        long stop = Values.integral(arguments.require(one ? 0 : 1, "stop"));
        long step = Values.integral(arguments.get(2, "step", 1L));
        if (step == 0) {
            throw TemplateException.type("range step cannot be zero");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            budget.steps(1);
            numbers.add(i);
        }
        return numbers;
    }

    private Object now(Arguments arguments) {
        String format = arguments.text(0, "format");
        budget.make(16L * format.length());
        return StrftimeFormat.format(format, LocalDateTime.now(clock));
    }
}
