package main

import (
	"flag"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// runNetworkPolicy enforces NetworkPolicies with kube-router's controller alone, as k3s does:
// no routing, no service proxy, no BGP, so none of their packages are built.
func runNetworkPolicy() int {
	config := options.NewKubeRouterConfig()
	config.EnableIPv4 = true
	config.RunFirewall = true
	flags := flag.NewFlagSet("kube-network-policy", flag.ExitOnError)
	klog.InitFlags(flags)
	flags.StringVar(&config.Kubeconfig, "kubeconfig", "", "kubeconfig file")
	flags.StringVar(&config.HostnameOverride, "hostname-override", "", "name of this node")
	services := flags.String("service-cluster-ip-range", "10.96.0.0/16", "range of Service addresses")
	_ = flags.Parse(os.Args[1:])
	config.ClusterIPCIDRs = []string{*services}

	stop := make(chan struct{})
	controller, err := startController(config, stop)
	if err != nil {
		klog.ErrorS(err, "cannot start the network policy controller")
		return 1
	}
	heartbeats := make(chan *healthcheck.ControllerHeartbeat, 16)
	go func() {
		for range heartbeats { // the controller blocks when nobody reads them
		}
	}()
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(heartbeats, stop, &running)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	close(stop)
	running.Wait()
	return 0
}

func startController(config *options.KubeRouterConfig, stop <-chan struct{}) (*netpol.NetworkPolicyController, error) {
	rest, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 5*time.Minute)
	pods := factory.Core().V1().Pods().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)

	iptables, ipsets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return nil, err
	}
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, ipsets)
	if err != nil {
		return nil, err
	}
	if _, err = pods.AddEventHandler(controller.PodEventHandler); err != nil {
		return nil, err
	}
	if _, err = policies.AddEventHandler(controller.NetworkPolicyEventHandler); err != nil {
		return nil, err
	}
	if _, err = namespaces.AddEventHandler(controller.NamespaceEventHandler); err != nil {
		return nil, err
	}
	return controller, nil
}
