# layers.cmake must find each kind of mistake: it is run on a tree that has one of each.
set(tree ${WORK}/layers_test)
file(REMOVE_RECURSE ${tree})
file(WRITE ${tree}/src/policy/up.cpp "#include \"net/loop.hpp\"\n")
file(WRITE ${tree}/src/net/bare.cpp "#include \"loop.hpp\"\n")
file(WRITE ${tree}/src/proxy/toml.cpp "#include <toml++/toml.h>\n")
file(WRITE ${tree}/src/http1/waits.hpp "  #  include <asio/awaitable.hpp>\n")
file(WRITE ${tree}/src/policy/idna.cpp "#include <idn2.h>\n")
file(WRITE ${tree}/src/attic/old.cpp "#include <vector>\n")
file(WRITE ${tree}/include/culvert/host.hpp "#include <sys/socket.h>\n")
file(WRITE ${tree}/src/relay/fine.cpp
  "#include \"relay/relay.hpp\"\n#include <culvert/error.hpp>\n#include \"net/loop.hpp\"\n")

execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${tree} -P ${CMAKE_CURRENT_LIST_DIR}/layers.cmake
  RESULT_VARIABLE code ERROR_VARIABLE said OUTPUT_VARIABLE said)
if(code EQUAL 0)
  message(FATAL_ERROR "layers.cmake found nothing wrong")
endif()
foreach(file src/policy/up.cpp src/net/bare.cpp src/proxy/toml.cpp src/http1/waits.hpp src/policy/idna.cpp
    src/attic include/culvert/host.hpp)
  if(NOT said MATCHES "${file}: ")
    message(FATAL_ERROR "layers.cmake did not find the mistake in ${file}:\n${said}")
  endif()
endforeach()
if(said MATCHES "fine.cpp")
  message(FATAL_ERROR "layers.cmake blamed a file that is in order:\n${said}")
endif()
